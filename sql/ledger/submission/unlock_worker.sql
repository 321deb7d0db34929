-- Releases the lock of lock_worker.sql. Always one row.
-- $1 bigint: the submission.
SELECT pg_advisory_unlock_shared(1279611977, $1::bigint::int)
