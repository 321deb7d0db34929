-- The server process of this session and when it started (microseconds since 1970), which together identify it for good.
-- One row.
SELECT a.pid, (extract(epoch FROM a.backend_start) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8 AS started
FROM pg_catalog.pg_stat_activity a
WHERE a.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
