-- Keeps the plan of structure.sql for the next transactions of the session: planning it takes longer than running it.
SET LOCAL plan_cache_mode = force_generic_plan
