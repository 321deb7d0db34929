-- From here on found rows meet their placeholders by hash: the planner knows too little of either, and sorting them costs more.
SET LOCAL enable_mergejoin = off
