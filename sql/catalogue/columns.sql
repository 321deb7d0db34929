-- Describes the columns of declared tables, for holding the catalogue against the database.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise.
-- One row per live column, in table order; a table without rows here does not exist.
SELECT DISTINCT ON (n.nspname, c.relname, a.attnum)
       n.nspname::text       AS schema_name,
       c.relname::text       AS table_name,
       c.relkind::text       AS kind,
       a.attname::text       AS column_name,
       quote_ident(a.attname) AS printed_name,
       format_type(a.atttypid, a.atttypmod) AS type_name,
       coalesce(b.typname, y.typname)::text AS base_type,
       y.typcategory::text   AS category,
       a.attnotnull OR y.typnotnull AS not_null,
       information_schema._pg_char_max_length(
           information_schema._pg_truetypid(a, y), information_schema._pg_truetypmod(a, y)) AS max_length,
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
               WHERE i.indrelid = c.oid AND i.indisunique
                 AND (a.attnum = ANY (i.indkey)
                      OR EXISTS (SELECT 1 FROM pg_depend d
                                 WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                                   AND d.refobjid = c.oid AND d.refobjsubid = a.attnum))) AS is_unique,
       has_column_privilege(c.oid, a.attnum, 'SELECT') AS may_select,
       has_column_privilege(c.oid, a.attnum, 'UPDATE') AS may_update,
       has_schema_privilege(n.oid, 'USAGE') AS may_use_schema
FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = declared.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type y ON y.oid = a.atttypid
LEFT JOIN pg_type b ON b.oid = y.typbasetype
ORDER BY n.nspname, c.relname, a.attnum
