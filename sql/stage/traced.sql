-- The client IDs that were found again, with their accounts. None of them is ever analysed, so none is in pg_statistic.
CREATE TEMP TABLE lethe_traced (target int, account_id text, client_id text) ON COMMIT DELETE ROWS
