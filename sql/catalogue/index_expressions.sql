-- Expressions and predicates of indexes over columns of declared tables and their partitions: a value that they cannot
-- take makes every UPDATE fail.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise. One row per index that has any.
SELECT DISTINCT
       n.nspname::text AS schema_name,
       c.relname::text AS table_name,
       x.relname::text AS index_name,
       '(ROW(' || concat_ws(', ', pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid))
           || ') IS NULL) IS NOT NULL' AS expression,
       (SELECT array_agg(DISTINCT a.attname::text) FROM pg_attribute a
        JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = x.oid AND d.refobjid = i.indrelid
                        AND d.refobjsubid = a.attnum
        WHERE a.attrelid = i.indrelid) AS columns
FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = declared.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name
JOIN pg_index i ON i.indrelid = c.oid OR i.indrelid IN (SELECT t.relid FROM pg_partition_tree(c.oid) t)
JOIN pg_class x ON x.oid = i.indexrelid
WHERE (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
  AND (i.indrelid = c.oid OR NOT EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhrelid = x.oid))
ORDER BY 1, 2, 3
