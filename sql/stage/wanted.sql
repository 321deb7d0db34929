-- Creates the table of the targets that each request of an EXPORT asks for.
CREATE TEMP TABLE pg_temp.lethe_wanted (request int, target int) ON COMMIT PRESERVE ROWS
