-- Creates the table of client IDs, which are counted for the limit of client IDs per device.
CREATE TEMP TABLE lethe_client (target int, client_id text) ON COMMIT DELETE ROWS
