-- Whatever makes this database keep row versions, or WAL, from before a mark. Sessions that run VACUUM are excluded because the server
-- ignores their snapshots. Reports processes and the names of slots, transactions and standbys, never what they do.
-- $1 bigint: the mark's transaction ID; $2 bigint: its WAL position in bytes; $3 int[]: Lethe's own processes.
-- Zero rows: nothing. keeps: rows (of every table), statistics (of system catalogues), wal.
WITH clock AS (
    -- The next transaction ID with its epoch, to extend the 32-bit IDs below.
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next),
busy AS (
    -- Sessions that may hold a snapshot or a transaction in this database, except our own and those that run VACUUM.
    SELECT a.pid, a.backend_type, a.state, a.application_name, a.xact_start, a.backend_xid, a.backend_xmin
    FROM pg_stat_activity a
    WHERE a.pid <> ALL ($3::int[])
      AND (a.datid IS NULL OR a.datid = 0 OR a.datname = current_database() OR a.backend_type = 'walsender')
      AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid)
),
seen AS (
    -- Every transaction ID that someone makes the server keep, in one form: of sessions, prepared transactions and slots.
    SELECT CASE WHEN b.backend_type = 'walsender' THEN 'standby'
                WHEN b.state LIKE 'idle in transaction%' THEN 'idle'
                WHEN b.backend_xmin IS NULL OR x.xid = b.backend_xid THEN 'writer'
                ELSE 'snapshot' END AS kind,
           b.pid,
           CASE WHEN b.backend_type = 'walsender' THEN b.application_name END AS name,
           'rows' AS keeps, x.xid, b.xact_start AS since
    FROM busy b, LATERAL (VALUES (b.backend_xid), (b.backend_xmin)) AS x (xid)
    UNION ALL
    SELECT 'prepared', NULL, p.gid, 'rows', p.transaction, p.prepared
    FROM pg_prepared_xacts p WHERE p.database = current_database()
    UNION ALL
    SELECT 'slot', s.active_pid, s.slot_name::text, x.keeps, x.xid, NULL
    FROM pg_replication_slots s, LATERAL (VALUES ('rows', s.xmin), ('statistics', s.catalog_xmin)) AS x (keeps, xid)
),
placed AS (
    -- The same IDs with their epoch, so that they can be compared with the mark.
    SELECT seen.kind, seen.pid, seen.name, seen.keeps, seen.since,
           clock.next + (((seen.xid::text::bigint - clock.next) % 4294967296) + 6442450944) % 4294967296 - 2147483648 AS xid
    FROM seen, clock WHERE seen.xid IS NOT NULL
)
SELECT kind, pid, name, keeps, min(since) AS since
FROM placed WHERE xid < $1
GROUP BY kind, pid, name, keeps
UNION ALL
SELECT 'slot', s.active_pid, s.slot_name::text, 'wal', NULL
FROM pg_replication_slots s WHERE (s.restart_lsn - '0/0')::bigint < $2
ORDER BY keeps, kind, pid, name
