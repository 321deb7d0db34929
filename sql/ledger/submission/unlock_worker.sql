-- A further session has done its part.
-- $1 bigint: the submission.
SELECT pg_advisory_unlock_shared(1279611977, $1::bigint::int)
