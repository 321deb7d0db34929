-- Current receivers of this server's WAL. replayed: the replayed WAL position in bytes; NULL: the receiver only archives WAL.
-- visible: whether this role may see that. Zero rows: none.
SELECT r.pid, CASE WHEN r.application_name OPERATOR(pg_catalog.<>) '' THEN r.application_name ELSE 'without a name' END AS name, r.state IS NOT NULL AS visible,
       (r.replay_lsn OPERATOR(pg_catalog.-) '0/0')::bigint AS replayed
FROM pg_catalog.pg_stat_replication r
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots s WHERE s.active_pid OPERATOR(pg_catalog.=) r.pid AND s.slot_type OPERATOR(pg_catalog.=) 'logical')
ORDER BY 1
