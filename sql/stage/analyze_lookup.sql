-- Row counts for the planner; the values are at STATISTICS 0.
ANALYZE lethe_lookup
