-- Returns every column of every table, materialised view and foreign table of this database, without those of the system and of
-- Lethe; of partitions only foreign ones. kind is that of pg_class; base_type is the type below all domains; is_system_type:
-- whether that type belongs to the server, and so its casts do; element_type: of an array of a type of the server; is_composite: whether
-- values, or the elements of an array, are rows. may_lock: whether this role may lock the table. Zero rows: the database has no tables.
SELECT n.nspname::pg_catalog.text AS schema_name,
       c.relname::pg_catalog.text AS table_name,
       c.oid AS relation,
       c.relkind::pg_catalog.text AS kind,
       a.attname::pg_catalog.text AS column_name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_name,
       CASE WHEN b.oid OPERATOR(pg_catalog.<) 16384 THEN b.typname::pg_catalog.text ELSE pg_catalog.format_type(b.oid, NULL) END AS base_type,
       b.oid OPERATOR(pg_catalog.<) 16384 AS is_system_type,
       a.atttypid AS column_type,
       CASE WHEN b.typcategory OPERATOR(pg_catalog.=) 'A' AND e.oid OPERATOR(pg_catalog.<) 16384 THEN e.typname::pg_catalog.text END AS element_type,
       CASE WHEN b.typcategory OPERATOR(pg_catalog.=) 'A' THEN COALESCE(e.typtype OPERATOR(pg_catalog.=) 'c', false) ELSE b.typtype OPERATOR(pg_catalog.=) 'c' END AS is_composite,
       y.typcategory::pg_catalog.text AS category,
       pg_catalog.col_description(c.oid, a.attnum) AS comment,
       EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indisprimary AND a.attnum OPERATOR(pg_catalog.=) ANY (i.indkey)) AS is_key,
       a.attnotnull AS not_null,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') AS may_select,
       c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS may_lock
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) a.atttypid
CROSS JOIN LATERAL (
    -- The types below the column's type, level by level: domains may be based on domains.
    WITH RECURSIVE below (type, depth) AS (
        SELECT a.atttypid, 0
        UNION ALL
        SELECT d.typbasetype, below.depth OPERATOR(pg_catalog.+) 1
        FROM below
        JOIN pg_catalog.pg_type d ON d.oid OPERATOR(pg_catalog.=) below.type AND d.typtype OPERATOR(pg_catalog.=) 'd'
    )
    SELECT below.type FROM below ORDER BY below.depth DESC LIMIT 1
) AS base
JOIN pg_catalog.pg_type b ON b.oid OPERATOR(pg_catalog.=) base.type
LEFT JOIN pg_catalog.pg_type e ON e.oid OPERATOR(pg_catalog.=) b.typelem
WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,m,f}')
  AND (NOT c.relispartition OR c.relkind OPERATOR(pg_catalog.=) 'f')
  AND c.relpersistence OPERATOR(pg_catalog.<>) 't'
  AND n.nspname OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,information_schema,lethe}')
  AND n.nspname OPERATOR(pg_catalog.!~~) 'pg\_%'
ORDER BY 1, 2, a.attnum
