-- Row counts for the planner, or it would look into a table once for each row that was kept.
ANALYZE lethe_kept (target, table_name)
