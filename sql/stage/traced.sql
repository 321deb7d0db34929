-- Creates the table of the client IDs that were found again, with their accounts. It is analysed without the client IDs, so none of
-- them is in pg_statistic.
CREATE TEMP TABLE lethe_traced (target int, account_id text, client_id text) ON COMMIT DELETE ROWS
