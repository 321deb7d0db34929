-- How far the slowest replica lags. One row: seconds as the server reports them, which do not grow, or are NULL, while a
-- replica replays nothing; position, where the WAL ends; replayed, up to where every replica has replayed it (NULL without a
-- visible replica).
SELECT pg_catalog.max(CASE WHEN r.replay_lsn OPERATOR(pg_catalog.>=) pg_catalog.pg_current_wal_lsn() THEN 0
                ELSE coalesce(extract(epoch FROM r.replay_lag), 0) END)::pg_catalog.float8 AS seconds,
       (pg_catalog.pg_current_wal_lsn() OPERATOR(pg_catalog.-) '0/0')::bigint AS position,
       pg_catalog.min(coalesce(r.replay_lsn, '0/0') OPERATOR(pg_catalog.-) '0/0')::bigint AS replayed
FROM pg_catalog.pg_stat_replication r
WHERE r.state OPERATOR(pg_catalog.=) ANY ('{streaming,catchup}')
