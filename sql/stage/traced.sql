-- Creates the table of the client IDs that were found again, with their accounts. It is analysed without the client IDs, so none of
-- them is in pg_statistic.
CREATE TEMP TABLE pg_temp.lethe_traced (target int, account_id pg_catalog.text, client_id pg_catalog.text) ON COMMIT DELETE ROWS
