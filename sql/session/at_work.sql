-- Whether a session of ours is at a statement, and not waiting for its client.
-- $1 int: its process; $2 bigint: when that began. Zero rows: it is gone.
SELECT a.state = 'active' AND a.wait_event_type IS DISTINCT FROM 'Client' AS at_work
FROM pg_stat_activity a
WHERE a.pid = $1 AND (extract(epoch FROM a.backend_start) * 1000000)::bigint = $2
