-- Finds a submission by the name of its file.
-- $1 text: drop; $2 text: file. Zero rows: the name was never used in this drop.
SELECT submission_id, state, digest_key, digest FROM lethe.submission WHERE drop_name OPERATOR(pg_catalog.=) $1 AND file_name OPERATOR(pg_catalog.=) $2
