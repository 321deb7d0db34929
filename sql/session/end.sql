-- Ends the session that asks, as an administrator may; for the faults of debug builds. One row, which does not arrive.
SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())
