-- Columns and extended statistics objects whose statistics this role may not see. $1 oid[]: tables, views and indexes.
-- Zero rows: none.
SELECT n.nspname || '.' || c.relname || '.' || a.attname AS name
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.oid = ANY ($1::oid[]) AND c.relkind IN ('r', 'p', 'm')
  AND (NOT has_column_privilege(c.oid, a.attnum, 'SELECT') OR row_security_active(c.oid))
UNION ALL
SELECT n.nspname || '.' || e.stxname
FROM pg_statistic_ext e
JOIN pg_namespace n ON n.oid = e.stxnamespace
JOIN pg_class c ON c.oid = e.stxrelid
WHERE e.stxrelid = ANY ($1::oid[]) AND (NOT pg_has_role(c.relowner, 'USAGE') OR row_security_active(c.oid))
ORDER BY 1
