-- Takes a shared lock for a further session that processes a submission. Nobody takes it exclusively, so it never waits. While it is held,
-- no other process takes the submission over, even if the first session is lost. Always one row.
-- $1 bigint: the submission.
SELECT pg_advisory_lock_shared(1279611977, $1::bigint::int)
