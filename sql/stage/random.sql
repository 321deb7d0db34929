-- Creates the table of random placeholders by ordinal. The client draws them and fills the table by COPY.
CREATE TEMP TABLE pg_temp.lethe_random (ordinal int, code pg_catalog.text, address pg_catalog.inet) ON COMMIT PRESERVE ROWS
