-- Adds to the number of rows changed or exported, by table. Each worker has its own counts. Returns no rows.
-- $1 bigint: the submission; $2 text[]: tables, as <schema>.<table>; $3 bigint[]: rows, pairwise; $4 int: the worker, from 0.
INSERT INTO lethe.table_count AS t (submission_id, table_name, row_count, worker)
SELECT $1, added.table_name, added.row_count, $4
FROM ROWS FROM (pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::bigint[])) AS added (table_name, row_count)
ON CONFLICT (submission_id, table_name, worker) DO UPDATE SET row_count = t.row_count OPERATOR(pg_catalog.+) excluded.row_count
