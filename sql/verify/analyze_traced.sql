-- Row counts for the planner, or it would look into a table once for each client ID. No column with one is named, so none is
-- in pg_statistic.
ANALYZE lethe_traced (target, account_id)
