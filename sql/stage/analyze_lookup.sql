-- Collects the row count for the planner. The column with values has STATISTICS 0.
ANALYZE pg_temp.lethe_lookup
