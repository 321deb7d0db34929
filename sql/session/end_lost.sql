-- Ends a session of ours that was lost on the way, with its locks; the server may not have noticed.
-- $1 int: its process; $2 bigint: when that began. Zero rows: it is gone.
SELECT pg_terminate_backend(a.pid) AS ended
FROM pg_stat_activity a
WHERE a.pid = $1 AND (extract(epoch FROM a.backend_start) * 1000000)::bigint = $2
