-- Names the request whose rows are written next.
-- $1 int: its ordinal.
INSERT INTO lethe_current (request) VALUES ($1)
