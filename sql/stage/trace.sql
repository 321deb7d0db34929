-- Staging: the client ID that is traced; filled by COPY, so that it stands in no statement.
CREATE TEMP TABLE lethe_trace (client_id text) ON COMMIT PRESERVE ROWS
