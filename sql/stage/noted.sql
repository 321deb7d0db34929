-- Creates the table of what is noted for each target and counted over all tables: client IDs, names, other devices of the same
-- records. Its values are never analysed, so none of them is in pg_statistic.
CREATE TEMP TABLE pg_temp.lethe_noted (target int, what pg_catalog.text, account_id pg_catalog.text, value pg_catalog.text) ON COMMIT DELETE ROWS
