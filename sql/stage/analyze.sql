-- Collects row counts for the planner. Columns with values have STATISTICS 0.
ANALYZE pg_temp.lethe_target;
ANALYZE pg_temp.lethe_lookup;
ANALYZE pg_temp.lethe_scope_account;
ANALYZE pg_temp.lethe_scope_code
