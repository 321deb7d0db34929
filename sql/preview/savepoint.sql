-- Marks the state before staging, so that other devices can be staged later in the same snapshot.
SAVEPOINT lethe_staged
