-- Creates the table of the placeholder ordinal of each device, by account and stored form. It lasts until the submission ends.
CREATE TEMP TABLE pg_temp.lethe_placeholder (device int, account_id pg_catalog.text, form pg_catalog.text, kind pg_catalog.text, ordinal int) ON COMMIT PRESERVE ROWS
