-- Creates the table of values with placeholders in place of devices.
CREATE TEMP TABLE pg_temp.lethe_rewritten (value int, written pg_catalog.text) ON COMMIT DELETE ROWS
