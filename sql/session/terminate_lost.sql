-- Terminates a session that this process lost, and releases its locks; the server may not have noticed the loss.
-- $1 int: its server process; $2 bigint: when that started (microseconds since 1970). Zero rows: it has ended.
SELECT pg_terminate_backend(a.pid) AS ended
FROM pg_stat_activity a
WHERE a.pid = $1 AND (extract(epoch FROM a.backend_start) * 1000000)::bigint = $2
