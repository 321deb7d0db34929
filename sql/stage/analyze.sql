-- Row counts for the planner; columns with values are at STATISTICS 0.
ANALYZE lethe_target;
ANALYZE lethe_lookup;
ANALYZE lethe_scope_account;
ANALYZE lethe_scope_code
