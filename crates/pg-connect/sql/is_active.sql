-- Whether another session executes a statement, and does not wait for its client. Where the server does not track what sessions do
-- (track_activities), one that does not wait for its client counts as active.
-- $1 int: its server process; $2 bigint: when that started (microseconds since 1970). Zero rows: it has ended.
SELECT (a.state OPERATOR(pg_catalog.=) 'active' OR a.state OPERATOR(pg_catalog.=) 'disabled')
       AND (a.wait_event_type OPERATOR(pg_catalog.=) 'Client') IS NOT TRUE AS is_active
FROM pg_catalog.pg_stat_activity a
WHERE a.pid OPERATOR(pg_catalog.=) $1
  AND (extract(epoch FROM a.backend_start) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8 OPERATOR(pg_catalog.=) $2
