-- Takes the lock that allows one process at a time to migrate, and waits for it. Always one row.
SELECT pg_advisory_lock(1279611976)
