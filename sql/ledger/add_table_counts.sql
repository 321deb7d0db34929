-- Adds to the rows changed or exported, by table.
-- $1 bigint: the submission; $2 text[]: tables; $3 bigint[]: rows.
INSERT INTO lethe.table_count AS t (submission_id, table_name, row_count)
SELECT $1, added.table_name, added.row_count
FROM unnest($2::text[], $3::bigint[]) AS added (table_name, row_count)
ON CONFLICT (submission_id, table_name) DO UPDATE SET row_count = t.row_count + excluded.row_count
