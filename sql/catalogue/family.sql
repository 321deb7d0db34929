-- Returns the declared relations that exist, each with itself and its partitions at every level.
-- $1 text[], $2 text[]: pairs of schema and name. Zero rows: none of them exists.
SELECT DISTINCT
       n.nspname::pg_catalog.text AS schema_name,
       c.relname::pg_catalog.text AS table_name,
       c.oid AS declared,
       family.member
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS named (schema_name, table_name)
JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) named.schema_name
JOIN pg_catalog.pg_class c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid AND c.relname OPERATOR(pg_catalog.=) named.table_name
CROSS JOIN LATERAL (SELECT c.oid UNION SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) t) AS family (member)
ORDER BY 1, 2, 4
