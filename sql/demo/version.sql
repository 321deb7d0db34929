-- The server's version, as people say it. One row.
SELECT split_part(current_setting('server_version'), ' ', 1) AS version
