-- From here on rows are looked for through the indexes of their columns, as it is best for few devices: the planner knows
-- nothing of the staged values and would read whole tables too early.
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off
