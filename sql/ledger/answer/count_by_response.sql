-- How many contacts got which answer.
-- $1 bigint: the submission.
SELECT response, count(*) AS contacts FROM lethe.contact WHERE submission_id = $1 GROUP BY response
