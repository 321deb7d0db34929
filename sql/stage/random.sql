-- Random placeholders by ordinal, drawn by the client and filled by COPY.
CREATE TEMP TABLE lethe_random (ordinal int, code text, address inet) ON COMMIT PRESERVE ROWS
