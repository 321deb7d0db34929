-- The counts of one submission, and why its file could not be read.
-- $1 bigint: the submission. Zero rows: there is no such submission.
SELECT contacts, success, not_found, errors, error FROM lethe.submission WHERE submission_id OPERATOR(pg_catalog.=) $1
