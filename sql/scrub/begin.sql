-- Begins a scrub, and notes which rows forgets had changed by then; counts and mark are those of one snapshot. A media row
-- whose URI went counts as changed once more. One row: the scrub.
-- $1 text: the level.
WITH counted AS (
    SELECT s.submission_id, t.table_name, sum(t.row_count)::bigint AS row_count
    FROM lethe.submission s
    JOIN (SELECT c.submission_id, c.table_name, c.row_count FROM lethe.table_count c
          UNION ALL
          SELECT m.submission_id, m.table_name, count(*) FROM lethe.media m WHERE m.deleted_at IS NOT NULL GROUP BY 1, 2
         ) AS t USING (submission_id)
    WHERE s.action = 'FORGET'
    GROUP BY 1, 2 HAVING sum(t.row_count) > 0
), begun AS (
    INSERT INTO lethe.scrub (level, xid, lsn)
    SELECT $1::text::numeric, pg_snapshot_xmax(pg_current_snapshot())::text::bigint, pg_current_wal_insert_lsn()
    RETURNING scrub_id
), seen AS (
    INSERT INTO lethe.scrub_seen AS k (submission_id, table_name, row_count, scrub_id)
    SELECT c.submission_id, c.table_name, c.row_count, b.scrub_id FROM counted c, begun b
    ON CONFLICT (submission_id, table_name) DO UPDATE SET row_count = excluded.row_count, scrub_id = excluded.scrub_id
    WHERE k.row_count <> excluded.row_count
)
SELECT scrub_id FROM begun
