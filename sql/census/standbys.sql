-- Current receivers of this server's WAL. replayed: the replayed WAL position in bytes; NULL: the receiver only archives WAL.
-- visible: whether this role may see that. Zero rows: none.
SELECT r.pid, coalesce(nullif(r.application_name, ''), 'without a name') AS name, r.state IS NOT NULL AS visible,
       (r.replay_lsn - '0/0')::bigint AS replayed
FROM pg_stat_replication r
WHERE NOT EXISTS (SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
ORDER BY 1
