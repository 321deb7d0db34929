-- Unique and exclusion constraints' indexes of declared tables and their partitions, with the columns that they cover,
-- also inside expressions. identifies: whether it covers the whole table, as a plain unique index.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise. One row per index.
SELECT n.nspname::text AS schema_name,
       c.relname::text AS table_name,
       x.relname::text AS index_name,
       coalesce((SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
                 WHERE a.attrelid = i.indrelid
                   AND (a.attnum = ANY (i.indkey)
                        OR EXISTS (SELECT 1 FROM pg_depend d
                                   WHERE d.classid = 'pg_class'::regclass AND d.objid = x.oid
                                     AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum))
                   AND a.attnum > 0), '{}') AS columns,
       i.indrelid = c.oid AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indisvalid AS identifies
FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = declared.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name
JOIN pg_index i ON (i.indisunique OR i.indisexclusion)
               AND (i.indrelid = c.oid OR i.indrelid IN (SELECT t.relid FROM pg_partition_tree(c.oid) t))
JOIN pg_class x ON x.oid = i.indexrelid
WHERE i.indrelid = c.oid OR NOT EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhrelid = x.oid)
ORDER BY 1, 2, 3
