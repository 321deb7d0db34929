-- Ends the statement that a session of ours is at.
-- $1 int: its process.
SELECT pg_cancel_backend($1)
