-- Row counts for the planner, or it would look into a table once for each row that was found. No column with a key or a value
-- is named, so none of it is in pg_statistic.
ANALYZE /* found */ lethe_found_0 /* end */ (target, account_id)
