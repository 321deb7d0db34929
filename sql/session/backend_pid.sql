-- The server process of this session. One row.
SELECT pg_catalog.pg_backend_pid() AS process
