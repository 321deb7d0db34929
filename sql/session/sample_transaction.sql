-- Opens a look at some values of one column: read-only, with a short time limit.
BEGIN READ ONLY;
SET LOCAL statement_timeout = '5s'
