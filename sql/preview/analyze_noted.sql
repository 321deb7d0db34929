-- Collects row counts for the planner. The column with values, which include client IDs, is not analysed.
ANALYZE pg_temp.lethe_noted (target, what, account_id)
