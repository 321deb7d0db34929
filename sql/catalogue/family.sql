-- Returns the declared relations that exist, each with itself and its partitions at every level.
-- $1 text[], $2 text[]: pairs of schema and name. Zero rows: none of them exists.
SELECT DISTINCT
       n.nspname::text AS schema_name,
       c.relname::text AS table_name,
       c.oid AS declared,
       family.member
FROM unnest($1::text[], $2::text[]) AS named (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = named.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = named.table_name
CROSS JOIN LATERAL (SELECT c.oid UNION SELECT t.relid FROM pg_partition_tree(c.oid) t) AS family (member)
ORDER BY 1, 2, 4
