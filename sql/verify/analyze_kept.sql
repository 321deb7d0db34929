-- Collects row counts for the planner, which would otherwise probe a table once for each kept row.
ANALYZE pg_temp.lethe_kept (target, table_name)
