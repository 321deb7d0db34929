-- One process at a time migrates; waits for another.
SELECT pg_advisory_lock(1279611976)
