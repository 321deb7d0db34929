-- Triggers of declared tables and their partitions that fire on UPDATE; they may copy old values elsewhere.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise. One row per table and trigger name.
SELECT DISTINCT n.nspname::text AS schema_name, c.relname::text AS table_name, t.tgname::text AS trigger_name
FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = declared.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name AND c.relkind IN ('r', 'p')
JOIN pg_trigger t ON t.tgrelid = c.oid OR t.tgrelid IN (SELECT p.relid FROM pg_partition_tree(c.oid) p)
WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND (t.tgtype::int & 16) <> 0
ORDER BY 1, 2, 3
