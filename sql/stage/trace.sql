-- Creates the table for the client ID to trace. It is filled by COPY, so that no statement contains the client ID.
CREATE TEMP TABLE pg_temp.lethe_trace (client_id pg_catalog.text) ON COMMIT PRESERVE ROWS
