-- Opens a search over all tables: read-only, with a time limit for each statement.
BEGIN READ ONLY;
SET LOCAL statement_timeout = '1min'
