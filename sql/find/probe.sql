-- From here on rows are looked for through the indexes of their columns, as it is best for few devices: the planner knows
-- nothing of the staged values and would read whole tables too early. Joins are made in the order in which they stand:
-- an index is asked once for a value, not once for each account in scope. So there is one plan, which serves every chunk.
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL join_collapse_limit = 1;
SET LOCAL plan_cache_mode = force_generic_plan
