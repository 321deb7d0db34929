-- Terminates a session that this process lost, and releases its locks; the server may not have noticed the loss.
-- $1 int: its server process; $2 bigint: when that started (microseconds since 1970). Zero rows: it has ended.
SELECT pg_catalog.pg_terminate_backend(a.pid) AS ended
FROM pg_catalog.pg_stat_activity a
WHERE a.pid OPERATOR(pg_catalog.=) $1 AND (extract(epoch FROM a.backend_start) OPERATOR(pg_catalog.*) 1000000)::bigint OPERATOR(pg_catalog.=) $2
