-- The tables that FORGETs have changed. seen: whether a scrub has begun since, so that it or a later scrub covers all these changes;
-- scrub_id is the first such scrub, xid and lsn (in bytes) its mark.
-- $1 bigint: only changes of this submission, or NULL for all. Zero rows: no FORGET has changed anything.
WITH counted AS (
    -- Rows that each FORGET has changed in each table, including cleared media rows, to compare with what a scrub has seen.
    SELECT s.submission_id, t.table_name, pg_catalog.sum(t.row_count)::bigint AS row_count
    FROM lethe.submission s
    JOIN (SELECT c.submission_id, c.table_name, c.row_count FROM lethe.table_count c
          UNION ALL
          SELECT m.submission_id, m.table_name, pg_catalog.count(*) FROM lethe.media m WHERE m.deleted_at IS NOT NULL GROUP BY 1, 2
          UNION ALL
          -- A purge has deleted from the ledger's own tables, for which lethe.submission stands.
          SELECT p.submission_id, 'lethe.submission', 1 FROM lethe.submission p WHERE p.purged_at IS NOT NULL
         ) AS t ON t.submission_id OPERATOR(pg_catalog.=) s.submission_id
    WHERE (s.action OPERATOR(pg_catalog.=) 'FORGET' OR t.table_name OPERATOR(pg_catalog.=) 'lethe.submission') AND ($1::bigint IS NULL OR s.submission_id OPERATOR(pg_catalog.=) $1)
    GROUP BY 1, 2 HAVING pg_catalog.sum(t.row_count) OPERATOR(pg_catalog.>) 0
)
SELECT c.table_name,
       pg_catalog.bool_and(coalesce(k.row_count OPERATOR(pg_catalog.=) c.row_count, false)) AS seen,
       pg_catalog.max(k.scrub_id) AS scrub_id, pg_catalog.max(s.xid) AS xid, (pg_catalog.max(s.lsn) OPERATOR(pg_catalog.-) '0/0')::bigint AS lsn
FROM counted c
LEFT JOIN lethe.scrub_seen k ON k.submission_id OPERATOR(pg_catalog.=) c.submission_id AND k.table_name OPERATOR(pg_catalog.=) c.table_name
LEFT JOIN lethe.scrub s ON s.scrub_id OPERATOR(pg_catalog.=) k.scrub_id
GROUP BY c.table_name ORDER BY c.table_name
