-- Takes the lock that allows one process at a time to process a submission, for the life of the session. Does not wait. Always one row.
-- $1 bigint: the submission.
SELECT pg_try_advisory_lock(1279611976, $1::bigint::int) AS granted
