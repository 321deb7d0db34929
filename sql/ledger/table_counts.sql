-- The rows changed or exported, by table.
-- $1 bigint: the submission.
SELECT table_name, row_count FROM lethe.table_count WHERE submission_id = $1 ORDER BY table_name
