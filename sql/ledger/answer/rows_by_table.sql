-- The number of rows changed or exported, by table.
-- $1 bigint: the submission. Zero rows: none was changed or exported.
SELECT table_name, pg_catalog.sum(row_count)::bigint AS row_count
FROM lethe.table_count WHERE submission_id OPERATOR(pg_catalog.=) $1
GROUP BY table_name ORDER BY table_name
