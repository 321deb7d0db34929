-- CHECK constraints of declared tables, and those that partitions have of their own, with the columns that they look at.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise. One row per constraint.
SELECT n.nspname::text AS schema_name,
       c.relname::text AS table_name,
       k.conname::text AS constraint_name,
       pg_get_expr(k.conbin, k.conrelid) AS expression,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS columns
FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = declared.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name
CROSS JOIN LATERAL (SELECT c.oid UNION SELECT p.relid FROM pg_partition_tree(c.oid) p) AS leaf (oid)
JOIN pg_constraint k ON k.conrelid = leaf.oid AND k.contype = 'c' AND (leaf.oid = c.oid OR k.coninhcount = 0)
WHERE k.conkey IS NOT NULL
ORDER BY 1, 2, 3
