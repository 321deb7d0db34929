-- Which placeholder a device got, per account and stored form; kept until the submission ends.
CREATE TEMP TABLE lethe_placeholder (device int, account_id text, form text, kind text, ordinal int) ON COMMIT PRESERVE ROWS
