-- The version of the server in its short form. Always one row.
SELECT pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1) AS version
