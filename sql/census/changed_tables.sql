-- The tables that FORGETs have changed. seen: whether a scrub has begun since, so that it or a later scrub covers all these changes;
-- scrub_id is the first such scrub, xid and lsn (in bytes) its mark.
-- $1 bigint: only changes of this submission, or NULL for all. Zero rows: no FORGET has changed anything.
WITH counted AS (
    -- Rows that each FORGET has changed in each table, including cleared media rows, to compare with what a scrub has seen.
    SELECT s.submission_id, t.table_name, sum(t.row_count)::bigint AS row_count
    FROM lethe.submission s
    JOIN (SELECT c.submission_id, c.table_name, c.row_count FROM lethe.table_count c
          UNION ALL
          SELECT m.submission_id, m.table_name, count(*) FROM lethe.media m WHERE m.deleted_at IS NOT NULL GROUP BY 1, 2
         ) AS t USING (submission_id)
    WHERE s.action = 'FORGET' AND ($1::bigint IS NULL OR s.submission_id = $1)
    GROUP BY 1, 2 HAVING sum(t.row_count) > 0
)
SELECT c.table_name,
       bool_and(coalesce(k.row_count = c.row_count, false)) AS seen,
       max(k.scrub_id) AS scrub_id, max(s.xid) AS xid, (max(s.lsn) - '0/0')::bigint AS lsn
FROM counted c
LEFT JOIN lethe.scrub_seen k USING (submission_id, table_name)
LEFT JOIN lethe.scrub s USING (scrub_id)
GROUP BY c.table_name ORDER BY c.table_name
