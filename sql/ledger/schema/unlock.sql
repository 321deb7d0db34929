-- Releases the lock of lock.sql. Always one row.
SELECT pg_advisory_unlock(1279611976)
