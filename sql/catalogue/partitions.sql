-- The leaf partitions of declared tables.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise. One row per leaf; none for a plain table.
SELECT n.nspname::text AS schema_name,
       c.relname::text AS table_name,
       ln.nspname::text AS leaf_schema,
       l.relname::text AS leaf_name
FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = declared.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name AND c.relkind = 'p'
JOIN pg_partition_tree(c.oid) t ON t.isleaf
JOIN pg_class l ON l.oid = t.relid
JOIN pg_namespace ln ON ln.oid = l.relnamespace
ORDER BY 1, 2, 3, 4
