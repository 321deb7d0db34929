-- Empties the staging without leaving the snapshot.
ROLLBACK TO SAVEPOINT lethe_staged
