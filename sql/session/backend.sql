-- The server process of this session, and when it began (microseconds since 1970): together they name it for good. One row.
SELECT a.pid, (extract(epoch FROM a.backend_start) * 1000000)::bigint AS began
FROM pg_stat_activity a
WHERE a.pid = pg_backend_pid()
