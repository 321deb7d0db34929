-- Staging for exports: the one request whose rows are being written.
CREATE TEMP TABLE lethe_current (request int) ON COMMIT PRESERVE ROWS
