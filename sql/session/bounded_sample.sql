-- A look at some values of one column: reads only, and gives up soon.
BEGIN READ ONLY;
SET LOCAL statement_timeout = '5s'
