-- A search over everything: reads only, and gives up on a table that takes too long.
BEGIN READ ONLY;
SET LOCAL statement_timeout = '60s'
