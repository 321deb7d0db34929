-- The server process of this session and when it started (microseconds since 1970), which together identify it for good.
-- One row.
SELECT a.pid, (extract(epoch FROM a.backend_start) * 1000000)::bigint AS began
FROM pg_stat_activity a
WHERE a.pid = pg_backend_pid()
