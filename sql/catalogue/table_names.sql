-- Returns the names of all tables, to suggest one where a declared table does not exist. Zero rows: the database has no tables.
SELECT n.nspname::pg_catalog.text AS schema_name, c.relname::pg_catalog.text AS table_name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}') AND NOT c.relispartition AND c.relpersistence OPERATOR(pg_catalog.<>) 't'
  AND n.nspname OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,information_schema,lethe}') AND n.nspname OPERATOR(pg_catalog.!~~) 'pg\_%'
ORDER BY 1, 2
