-- How far the slowest replica is behind: seconds as the server tells them, which stand still, or are NULL, while a
-- replica does not replay at all; position and replayed: where the WAL is, and up to where every replica has replayed it (NULL
-- where there is none, or none may be seen). One row.
SELECT max(CASE WHEN r.replay_lsn >= pg_current_wal_lsn() THEN 0
                ELSE coalesce(extract(epoch FROM r.replay_lag), 0) END)::float8 AS seconds,
       (pg_current_wal_lsn() - '0/0')::bigint AS position,
       min(coalesce(r.replay_lsn, '0/0') - '0/0')::bigint AS replayed
FROM pg_stat_replication r
WHERE r.state IN ('streaming', 'catchup')
