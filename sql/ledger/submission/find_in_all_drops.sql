-- Finds the submissions of a file name in all drops.
-- $1 text: the file name. One row for each drop; zero rows: it was never used.
SELECT submission_id, drop_name, state, wish FROM lethe.submission WHERE file_name OPERATOR(pg_catalog.=) $1 ORDER BY drop_name
