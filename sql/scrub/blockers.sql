-- Whatever makes this database keep row versions, or WAL, from before a mark. Sessions that run VACUUM are excluded because the server
-- ignores their snapshots. Reports processes and the names of slots, transactions and standbys, never what they do.
-- $1 bigint: the mark's transaction ID; $2 bigint: its WAL position in bytes; $3 int[]: Lethe's own processes.
-- Zero rows: nothing. keeps: rows (of every table), statistics (of system catalogues), wal.
WITH clock AS (
    -- The next transaction ID with its epoch, to extend the 32-bit IDs below.
    SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text::bigint AS next),
busy AS (
    -- Sessions that may hold a snapshot or a transaction in this database, except our own and those that run VACUUM.
    SELECT a.pid, a.backend_type, a.state, a.application_name, a.xact_start, a.backend_xid, a.backend_xmin
    FROM pg_catalog.pg_stat_activity a
    WHERE a.pid OPERATOR(pg_catalog.<>) ALL ($3::int[])
      AND (a.datid IS NULL OR a.datid OPERATOR(pg_catalog.=) 0 OR a.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() OR a.backend_type OPERATOR(pg_catalog.=) 'walsender')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum v WHERE v.pid OPERATOR(pg_catalog.=) a.pid)
),
seen AS (
    -- Every transaction ID that someone makes the server keep, in one form: of sessions, prepared transactions and slots.
    SELECT CASE WHEN b.backend_type OPERATOR(pg_catalog.=) 'walsender' THEN 'standby'
                WHEN b.state OPERATOR(pg_catalog.~~) 'idle in transaction%' THEN 'idle'
                WHEN b.backend_xmin IS NULL OR x.xid OPERATOR(pg_catalog.=) b.backend_xid THEN 'writer'
                ELSE 'snapshot' END AS kind,
           b.pid,
           CASE WHEN b.backend_type OPERATOR(pg_catalog.=) 'walsender' THEN b.application_name END AS name,
           'rows' AS keeps, x.xid, b.xact_start AS since
    FROM busy b, LATERAL (VALUES (b.backend_xid), (b.backend_xmin)) AS x (xid)
    UNION ALL
    SELECT 'prepared', NULL, p.gid, 'rows', p.transaction, p.prepared
    FROM pg_catalog.pg_prepared_xacts p WHERE p.database OPERATOR(pg_catalog.=) pg_catalog.current_database()
    UNION ALL
    SELECT 'slot', s.active_pid, s.slot_name::pg_catalog.text, x.keeps, x.xid, NULL
    FROM pg_catalog.pg_replication_slots s, LATERAL (VALUES ('rows', s.xmin), ('statistics', s.catalog_xmin)) AS x (keeps, xid)
),
placed AS (
    -- The same IDs with their epoch, so that they can be compared with the mark.
    SELECT seen.kind, seen.pid, seen.name, seen.keeps, seen.since,
           clock.next OPERATOR(pg_catalog.+) ((((seen.xid::pg_catalog.text::bigint OPERATOR(pg_catalog.-) clock.next) OPERATOR(pg_catalog.%) 4294967296) OPERATOR(pg_catalog.+) 6442450944) OPERATOR(pg_catalog.%) 4294967296) OPERATOR(pg_catalog.-) 2147483648 AS xid
    FROM seen, clock WHERE seen.xid IS NOT NULL
)
SELECT kind, pid, name, keeps, pg_catalog.min(since) AS since
FROM placed WHERE xid OPERATOR(pg_catalog.<) $1
GROUP BY kind, pid, name, keeps
UNION ALL
SELECT 'slot', s.active_pid, s.slot_name::pg_catalog.text, 'wal', NULL
FROM pg_catalog.pg_replication_slots s WHERE (s.restart_lsn OPERATOR(pg_catalog.-) '0/0')::bigint OPERATOR(pg_catalog.<) $2
ORDER BY keeps, kind, pid, name
