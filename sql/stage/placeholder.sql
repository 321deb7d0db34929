-- Creates the table of the placeholder ordinal of each device, by account and stored form. It lasts until the submission ends.
CREATE TEMP TABLE lethe_placeholder (device int, account_id text, form text, kind text, ordinal int) ON COMMIT PRESERVE ROWS
