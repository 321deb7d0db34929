-- One row: seconds that the slowest replica is behind; NULL where there is none, or none may be seen.
-- A replica that has replayed everything is not behind, whatever its last message said.
SELECT max(CASE WHEN r.replay_lsn >= pg_current_wal_lsn() THEN 0
                ELSE coalesce(extract(epoch FROM r.replay_lag), 0) END)::float8 AS seconds
FROM pg_stat_replication r
WHERE r.state IN ('streaming', 'catchup')
