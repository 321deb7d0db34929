-- Makes the server spend little on foreign_code.sql. It expects far more rows than there are: it would fill hash tables of the size
-- that work_mem allows with zeros, and try many orders of joins, each for longer than reading the rows takes. The order of the
-- joins is that of the statement.
SET work_mem = '1MB';
SET join_collapse_limit = 1;
SET from_collapse_limit = 1
