-- Whether another session of this process executes a statement, and does not wait for its client.
-- $1 int: its server process; $2 bigint: when that started (microseconds since 1970). Zero rows: it has ended.
SELECT a.state = 'active' AND a.wait_event_type IS DISTINCT FROM 'Client' AS at_work
FROM pg_stat_activity a
WHERE a.pid = $1 AND (extract(epoch FROM a.backend_start) * 1000000)::bigint = $2
