-- Creates the table of what is noted for each target and counted over all tables: client IDs, names, other devices of the same
-- records. Its values are never analysed, so none of them is in pg_statistic.
CREATE TEMP TABLE lethe_noted (target int, what text, account_id text, value text) ON COMMIT DELETE ROWS
