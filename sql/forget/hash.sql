-- Makes the next statements join found rows and placeholders by hash: the planner has no statistics of either, and a sort is
-- slower.
SET LOCAL enable_mergejoin = off
