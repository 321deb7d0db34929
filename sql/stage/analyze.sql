-- Collects row counts for the planner. Columns with values have STATISTICS 0.
ANALYZE lethe_target;
ANALYZE lethe_lookup;
ANALYZE lethe_scope_account;
ANALYZE lethe_scope_code
