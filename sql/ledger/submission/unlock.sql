-- Releases the lock of lock.sql. Always one row.
-- $1 bigint: the submission.
SELECT pg_advisory_unlock(1279611976, $1::bigint::int)
