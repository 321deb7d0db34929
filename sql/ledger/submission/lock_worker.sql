-- A further session works on a submission: a shared lock of this session, which nobody takes otherwise, so that nobody
-- takes the submission over while a worker of a process that died goes on.
-- $1 bigint: the submission.
SELECT pg_advisory_lock_shared(1279611977, $1::bigint::int)
