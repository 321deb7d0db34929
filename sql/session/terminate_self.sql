-- Terminates the session that runs it, as an administrator might; for the fault points of debug builds. The row never
-- arrives.
SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())
