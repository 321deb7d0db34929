-- Begins a scrub and records how many rows FORGETs had changed by then, so that later changes are recognised. Counts and mark are from
-- one snapshot. Clearing the URI of a media row counts as one more change. One row: the scrub.
-- $1 text: the level.
WITH counted AS (
    -- Rows that each FORGET has changed in each table by now, including cleared media rows: later counts are compared with these.
    SELECT s.submission_id, t.table_name, pg_catalog.sum(t.row_count)::bigint AS row_count
    FROM lethe.submission s
    JOIN (SELECT c.submission_id, c.table_name, c.row_count FROM lethe.table_count c
          UNION ALL
          SELECT m.submission_id, m.table_name, pg_catalog.count(*) FROM lethe.media m WHERE m.deleted_at IS NOT NULL GROUP BY 1, 2
          UNION ALL
          -- A purge has deleted from the ledger's own tables, for which lethe.submission stands.
          SELECT p.submission_id, 'lethe.submission', 1 FROM lethe.submission p WHERE p.purged_at IS NOT NULL
         ) AS t ON t.submission_id OPERATOR(pg_catalog.=) s.submission_id
    WHERE (s.action OPERATOR(pg_catalog.=) 'FORGET' OR t.table_name OPERATOR(pg_catalog.=) 'lethe.submission')
    GROUP BY 1, 2 HAVING pg_catalog.sum(t.row_count) OPERATOR(pg_catalog.>) 0
), begun AS (
    -- The new scrub, with the mark below which it covers all changes.
    INSERT INTO lethe.scrub (level, xid, lsn)
    SELECT $1::pg_catalog.text::numeric, pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text::bigint, pg_catalog.pg_current_wal_insert_lsn()
    RETURNING scrub_id
), seen AS (
    -- Counts that grew since the last scrub need this scrub; the others keep the scrub that covered them.
    INSERT INTO lethe.scrub_seen AS k (submission_id, table_name, row_count, scrub_id)
    SELECT c.submission_id, c.table_name, c.row_count, b.scrub_id FROM counted c, begun b
    ON CONFLICT (submission_id, table_name) DO UPDATE SET row_count = excluded.row_count, scrub_id = excluded.scrub_id
    WHERE k.row_count OPERATOR(pg_catalog.<>) excluded.row_count
)
SELECT scrub_id FROM begun
