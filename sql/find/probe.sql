-- Makes the next queries use the indexes of device columns, which is best for few devices: without statistics of the staged
-- values, the planner would switch to sequential scans too early. The join order is that of the statement, so that an index is
-- probed once for each value, not once for each account in scope. The plan is therefore generic and is reused for every chunk.
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL join_collapse_limit = 1;
SET LOCAL plan_cache_mode = force_generic_plan
