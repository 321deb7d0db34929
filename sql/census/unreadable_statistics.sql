-- Columns and extended statistics objects whose statistics this role may not see. $1 oid[]: tables, views and indexes.
-- Zero rows: none.
SELECT n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) c.relname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) a.attname AS name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
WHERE c.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,m}')
  AND (NOT pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') OR pg_catalog.row_security_active(c.oid))
UNION ALL
SELECT n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) e.stxname
FROM pg_catalog.pg_statistic_ext e
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.stxnamespace
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) e.stxrelid
WHERE e.stxrelid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) AND (NOT pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.row_security_active(c.oid))
ORDER BY 1
