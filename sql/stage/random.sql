-- Creates the table of random placeholders by ordinal. The client draws them and fills the table by COPY.
CREATE TEMP TABLE lethe_random (ordinal int, code text, address inet) ON COMMIT PRESERVE ROWS
