-- Statistics that ANALYZE does not replace, so that old values remain in them: of columns at STATISTICS 0, and of tables that are empty
-- now. Statistics that this role may not see are assumed to exist. empty: whether it is the second reason.
-- $1 oid: the table. Zero rows: none.
WITH examined AS (
    -- The table and its indexes, as expressions in indexes have statistics too.
    SELECT c.oid, c.relkind, n.nspname, c.relname, t.reltuples = 0 AS empty,
           row_security_active(t.oid) OR NOT pg_has_role(t.relowner, 'USAGE') AS unseen_ext
    FROM pg_class t
    JOIN pg_class c ON c.oid = t.oid OR c.oid IN (SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = t.oid)
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE t.oid = $1
)
SELECT l.nspname || '.' || l.relname || '.' || a.attname AS name, coalesce(a.attstattarget, -1) <> 0 AS empty
FROM examined l
JOIN pg_attribute a ON a.attrelid = l.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_stats s ON s.schemaname = l.nspname AND s.tablename = l.relname AND s.attname = a.attname
WHERE (coalesce(a.attstattarget, -1) = 0 OR l.empty)
  AND (s.attname IS NOT NULL
       OR (NOT has_column_privilege(l.oid, a.attnum, 'SELECT') OR row_security_active(l.oid))
          AND (l.relkind <> 'i' OR EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = l.oid AND i.indkey[a.attnum - 1] = 0)))
UNION
SELECT n.nspname || '.' || e.stxname, coalesce(e.stxstattarget, -1) <> 0 AND l.empty
FROM examined l
JOIN pg_statistic_ext e ON e.stxrelid = l.oid
JOIN pg_namespace n ON n.oid = e.stxnamespace
WHERE (l.unseen_ext OR EXISTS (SELECT FROM pg_stats_ext s
               WHERE s.statistics_schemaname = n.nspname AND s.statistics_name = e.stxname AND s.most_common_vals IS NOT NULL)
       OR EXISTS (SELECT FROM pg_stats_ext_exprs s
               WHERE s.statistics_schemaname = n.nspname AND s.statistics_name = e.stxname
                 AND (s.most_common_vals IS NOT NULL OR s.histogram_bounds IS NOT NULL OR s.most_common_elems IS NOT NULL)))
  AND (coalesce(e.stxstattarget, -1) = 0 OR l.empty
       OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = l.oid AND a.attnum = ANY (e.stxkeys) AND a.attstattarget = 0))
ORDER BY 1
