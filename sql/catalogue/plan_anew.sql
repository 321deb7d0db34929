-- Ends keep_plan.sql: the value of every session.
SET LOCAL plan_cache_mode = force_custom_plan
