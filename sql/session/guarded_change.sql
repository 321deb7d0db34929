-- Runs a change inside the function of session/guard.sql. One row: the number that the change returned.
-- $1 text: the statement, NULL for deferred constraints; $2, $3 int: its ordinals; $4 text: its key.
SELECT pg_temp.lethe_change($1, $2, $3, $4) AS row_count
