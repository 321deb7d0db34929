-- Whether the server is on this machine, judging by the session's connection through a Unix socket. One row.
SELECT pg_catalog.inet_server_addr() IS NULL AS local
