-- Collects row counts for the planner, which would otherwise probe a table once for each client ID. The column with client IDs is
-- not analysed, so that none of them is in pg_statistic.
ANALYZE pg_temp.lethe_traced (target, account_id)
