-- Returns every column of every table, materialised view and foreign table of this database, without those of the system and of
-- Lethe; of partitions only foreign ones. kind is that of pg_class; base_type is the type below all domains. Zero rows: the
-- database has no tables.
SELECT n.nspname::text AS schema_name,
       c.relname::text AS table_name,
       c.relkind::text AS kind,
       a.attname::text AS column_name,
       format_type(a.atttypid, a.atttypmod) AS type_name,
       b.typname::text AS base_type,
       y.typcategory::text AS category,
       col_description(c.oid, a.attnum) AS comment,
       EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)) AS is_key,
       a.attnotnull AS not_null,
       has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT') AS may_select
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type y ON y.oid = a.atttypid
CROSS JOIN LATERAL (
    -- The types below the column's type, level by level: domains may be based on domains.
    WITH RECURSIVE below (type, depth) AS (
        SELECT a.atttypid, 0
        UNION ALL
        SELECT d.typbasetype, below.depth + 1
        FROM below
        JOIN pg_type d ON d.oid = below.type AND d.typtype = 'd'
    )
    SELECT below.type FROM below ORDER BY below.depth DESC LIMIT 1
) AS base
JOIN pg_type b ON b.oid = base.type
WHERE c.relkind IN ('r', 'p', 'm', 'f')
  AND (NOT c.relispartition OR c.relkind = 'f')
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'lethe')
  AND n.nspname NOT LIKE 'pg\_%'
ORDER BY 1, 2, a.attnum
