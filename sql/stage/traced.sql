-- The client IDs that were found again, with their accounts. Never analysed: none is in pg_statistic.
CREATE TEMP TABLE lethe_traced (target int, account_id text, client_id text) ON COMMIT DELETE ROWS
