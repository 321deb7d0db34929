-- Lets a statement reserve little memory for its hash tables: the planner expects far more rows of foreign_code.sql than there are,
-- and the server would fill tables of the size that work_mem allows with zeros, for longer than everything else takes.
SET work_mem = '1MB'
