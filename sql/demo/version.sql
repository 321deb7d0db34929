-- The version of the server in its short form. Always one row.
SELECT split_part(current_setting('server_version'), ' ', 1) AS version
