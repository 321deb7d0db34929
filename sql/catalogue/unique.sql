-- Unique indexes of declared tables, with the columns that they cover, also inside expressions.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise. One row per index.
SELECT n.nspname::text AS schema_name,
       c.relname::text AS table_name,
       x.relname::text AS index_name,
       coalesce((SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
                 WHERE a.attrelid = c.oid
                   AND (a.attnum = ANY (i.indkey)
                        OR EXISTS (SELECT 1 FROM pg_depend d
                                   WHERE d.classid = 'pg_class'::regclass AND d.objid = x.oid
                                     AND d.refobjid = c.oid AND d.refobjsubid = a.attnum))
                   AND a.attnum > 0), '{}') AS columns,
       i.indpred IS NULL AND i.indexprs IS NULL AND i.indisvalid AS identifies
FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = declared.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name
JOIN pg_index i ON i.indrelid = c.oid AND i.indisunique
JOIN pg_class x ON x.oid = i.indexrelid
ORDER BY 1, 2, 3
