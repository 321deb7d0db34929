-- Restores the planner settings changed by probe.sql.
SET LOCAL enable_hashjoin = on;
SET LOCAL enable_mergejoin = on;
SET LOCAL join_collapse_limit = 8;
SET LOCAL plan_cache_mode = force_custom_plan
