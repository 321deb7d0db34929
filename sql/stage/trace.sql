-- Creates the table for the client ID to trace. It is filled by COPY, so that no statement contains the client ID.
CREATE TEMP TABLE lethe_trace (client_id text) ON COMMIT PRESERVE ROWS
