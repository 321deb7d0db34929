-- Finds submissions by the names of their files.
-- $1 text: drop; $2 text[]: files. No row for a file: its name was never used in this drop.
SELECT submission_id, state, digest_key, digest, file_name
FROM lethe.submission WHERE drop_name OPERATOR(pg_catalog.=) $1 AND file_name OPERATOR(pg_catalog.=) ANY ($2)
