-- Describes the columns of declared tables, for holding the catalogue against the database.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise.
-- One row per live column, in table order; a table without rows here does not exist. Domains may stand on domains:
-- what counts is the type below them all, its limit, and whether any of them refuses NULL.
SELECT DISTINCT ON (n.nspname, c.relname, a.attnum)
       n.nspname::text       AS schema_name,
       c.relname::text       AS table_name,
       c.relkind::text       AS kind,
       a.attname::text       AS column_name,
       quote_ident(a.attname) AS printed_name,
       format_type(a.atttypid, a.atttypmod) AS type_name,
       b.typname::text       AS base_type,
       y.typcategory::text   AS category,
       a.attnotnull OR base.not_null AS not_null,
       information_schema._pg_char_max_length(base.type, base.modifier) AS max_length,
       y.typtype = 'd'       AS is_domain,
       a.attgenerated <> ''  AS is_generated,
       EXISTS (SELECT 1 FROM pg_partition_tree(c.oid) t JOIN pg_partitioned_table p ON p.partrelid = t.relid
               JOIN pg_attribute k ON k.attrelid = p.partrelid AND k.attname = a.attname
               WHERE k.attnum = ANY (p.partattrs)
                  OR EXISTS (SELECT 1 FROM pg_depend d
                             WHERE d.classid = 'pg_class'::regclass AND d.objid = p.partrelid AND d.objsubid = 0
                               AND d.refclassid = 'pg_class'::regclass AND d.refobjid = p.partrelid
                               AND d.refobjsubid = k.attnum AND 0 = ANY (p.partattrs))) AS is_partition_key,
       EXISTS (SELECT 1 FROM pg_index i
               JOIN pg_attribute u ON u.attrelid = i.indrelid AND u.attname = a.attname
               WHERE (i.indrelid = c.oid OR i.indrelid IN (SELECT p.relid FROM pg_partition_tree(c.oid) p))
                 AND (i.indisunique OR i.indisexclusion)
                 AND (u.attnum = ANY (i.indkey)
                      OR EXISTS (SELECT 1 FROM pg_depend d
                                 WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                                   AND d.refobjid = i.indrelid AND d.refobjsubid = u.attnum))) AS is_unique,
       has_column_privilege(c.oid, a.attnum, 'SELECT') AS may_select,
       has_column_privilege(c.oid, a.attnum, 'UPDATE') AS may_update,
       has_schema_privilege(n.oid, 'USAGE') AS may_use_schema
FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = declared.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type y ON y.oid = a.atttypid
CROSS JOIN LATERAL (
    WITH RECURSIVE below (type, modifier, not_null, depth) AS (
        SELECT a.atttypid, a.atttypmod, false, 0
        UNION ALL
        SELECT d.typbasetype, d.typtypmod, below.not_null OR d.typnotnull, below.depth + 1
        FROM below
        JOIN pg_type d ON d.oid = below.type AND d.typtype = 'd'
    )
    SELECT below.type, below.modifier, below.not_null FROM below ORDER BY below.depth DESC LIMIT 1
) AS base
JOIN pg_type b ON b.oid = base.type
ORDER BY n.nspname, c.relname, a.attnum
