-- One process at a time carries out a submission: a lock of this session, freed when the session ends.
-- $1 bigint: the submission. One row: whether the lock was granted.
SELECT pg_try_advisory_lock(1279611976, $1::bigint::int) AS granted
