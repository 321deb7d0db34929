-- Statistics that ANALYZE does not replace, so that old values remain in them: of columns at STATISTICS 0, and of tables that are empty
-- now. Statistics that this role may not see are assumed to exist. empty: whether it is the second reason.
-- $1 oid: the table. Zero rows: none.
WITH examined AS (
    -- The table and its indexes, as expressions in indexes have statistics too.
    SELECT c.oid, c.relkind, n.nspname, c.relname, t.reltuples OPERATOR(pg_catalog.=) 0 AS empty,
           pg_catalog.row_security_active(t.oid) OR NOT pg_catalog.pg_has_role(t.relowner, 'USAGE') AS unseen_ext
    FROM pg_catalog.pg_class t
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.oid OR c.oid OPERATOR(pg_catalog.=) ANY (SELECT i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid OPERATOR(pg_catalog.=) t.oid)
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE t.oid OPERATOR(pg_catalog.=) $1
)
SELECT l.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) l.relname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) a.attname AS name, coalesce(a.attstattarget, -1) OPERATOR(pg_catalog.<>) 0 AS empty
FROM examined l
JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) l.oid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_stats s ON s.schemaname OPERATOR(pg_catalog.=) l.nspname AND s.tablename OPERATOR(pg_catalog.=) l.relname AND s.attname OPERATOR(pg_catalog.=) a.attname
WHERE (coalesce(a.attstattarget, -1) OPERATOR(pg_catalog.=) 0 OR l.empty)
  AND (s.attname IS NOT NULL
       OR (NOT pg_catalog.has_column_privilege(l.oid, a.attnum, 'SELECT') OR pg_catalog.row_security_active(l.oid))
          AND (l.relkind OPERATOR(pg_catalog.<>) 'i' OR EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indexrelid OPERATOR(pg_catalog.=) l.oid AND i.indkey[a.attnum OPERATOR(pg_catalog.-) 1] OPERATOR(pg_catalog.=) 0)))
UNION
SELECT n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) e.stxname, coalesce(e.stxstattarget, -1) OPERATOR(pg_catalog.<>) 0 AND l.empty
FROM examined l
JOIN pg_catalog.pg_statistic_ext e ON e.stxrelid OPERATOR(pg_catalog.=) l.oid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.stxnamespace
WHERE (l.unseen_ext OR EXISTS (SELECT FROM pg_catalog.pg_stats_ext s
               WHERE s.statistics_schemaname OPERATOR(pg_catalog.=) n.nspname AND s.statistics_name OPERATOR(pg_catalog.=) e.stxname AND s.most_common_vals IS NOT NULL)
       OR EXISTS (SELECT FROM pg_catalog.pg_stats_ext_exprs s
               WHERE s.statistics_schemaname OPERATOR(pg_catalog.=) n.nspname AND s.statistics_name OPERATOR(pg_catalog.=) e.stxname
                 AND (s.most_common_vals IS NOT NULL OR s.histogram_bounds IS NOT NULL OR s.most_common_elems IS NOT NULL)))
  AND (coalesce(e.stxstattarget, -1) OPERATOR(pg_catalog.=) 0 OR l.empty
       OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) l.oid AND a.attnum OPERATOR(pg_catalog.=) ANY (e.stxkeys) AND a.attstattarget OPERATOR(pg_catalog.=) 0))
ORDER BY 1
