-- Generated columns of declared tables, with the columns that feed them.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise. One row per generated column.
SELECT n.nspname::text AS schema_name,
       c.relname::text AS table_name,
       g.attname::text AS column_name,
       array_agg(DISTINCT f.attname::text) AS sources
FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = declared.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name
JOIN pg_attribute g ON g.attrelid = c.oid AND g.attgenerated <> '' AND NOT g.attisdropped
JOIN pg_attrdef e ON e.adrelid = c.oid AND e.adnum = g.attnum
JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid > 0
               AND ((d.classid = 'pg_attrdef'::regclass AND d.objid = e.oid)
                    OR (d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = g.attnum))
JOIN pg_attribute f ON f.attrelid = c.oid AND f.attnum = d.refobjsubid AND f.attnum <> g.attnum
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
