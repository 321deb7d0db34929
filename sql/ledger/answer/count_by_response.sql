-- Counts the contacts of a submission by response.
-- $1 bigint: the submission. Zero rows: no contact has a response.
SELECT response, pg_catalog.count(*) AS contacts FROM lethe.contact WHERE submission_id OPERATOR(pg_catalog.=) $1 GROUP BY response
