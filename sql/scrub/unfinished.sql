-- Indexes of a table that were never finished, so that VACUUM does not clean them. $1 oid: the table. Zero rows: none.
SELECT n.nspname || '.' || c.relname AS name
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE i.indrelid = $1 AND NOT i.indisready
ORDER BY 1
