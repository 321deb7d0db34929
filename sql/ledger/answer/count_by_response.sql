-- Counts the contacts of a submission by response.
-- $1 bigint: the submission. Zero rows: no contact has a response.
SELECT response, count(*) AS contacts FROM lethe.contact WHERE submission_id = $1 GROUP BY response
