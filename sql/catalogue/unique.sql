-- Unique indexes and exclusion constraints of declared tables, and those that partitions have of their own, with the
-- columns that they cover, also inside expressions.
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
CROSS JOIN LATERAL (SELECT c.oid UNION SELECT p.relid FROM pg_partition_tree(c.oid) p) AS leaf (oid)
JOIN pg_index i ON i.indrelid = leaf.oid AND (i.indisunique OR i.indisexclusion)
JOIN pg_class x ON x.oid = i.indexrelid AND (leaf.oid = c.oid OR NOT x.relispartition)
ORDER BY 1, 2, 3
