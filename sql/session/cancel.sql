-- Cancels the statement of another session of this process.
-- $1 int: its server process. One row.
SELECT pg_catalog.pg_cancel_backend($1)
