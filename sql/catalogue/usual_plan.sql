-- Ends quick_plan.sql: the values of every session.
SET work_mem = '64MB';
RESET join_collapse_limit;
RESET from_collapse_limit
