-- Creates the table of client IDs, which are counted for the limit of client IDs per device.
CREATE TEMP TABLE pg_temp.lethe_client (target int, client_id pg_catalog.text) ON COMMIT DELETE ROWS
