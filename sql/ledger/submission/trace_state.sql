-- What a verification asks of a submission beside its answers.
-- $1 bigint: the submission.
SELECT trace, purged_at IS NOT NULL AS purged FROM lethe.submission WHERE submission_id = $1
