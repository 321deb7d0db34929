-- Which of some submissions are completed.
-- $1 bigint[]: the submissions.
SELECT submission_id FROM lethe.submission WHERE submission_id = ANY ($1::bigint[]) AND completed_at IS NOT NULL
