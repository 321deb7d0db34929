-- What is staged from here on is taken back before other devices are looked for in the same snapshot.
SAVEPOINT lethe_staged
