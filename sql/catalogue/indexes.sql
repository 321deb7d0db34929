-- The indexes of declared tables, for saying which serves a device column, and which leads from a record to its rows.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise. One row per usable index.
SELECT n.nspname::text AS schema_name,
       c.relname::text AS table_name,
       x.relname::text AS index_name,
       pg_get_indexdef(i.indexrelid, 1, true) AS first_key,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(1, i.indnkeyatts) AS k ORDER BY k) AS keys
FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = declared.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name
JOIN pg_index i ON i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am m ON m.oid = x.relam AND m.amname IN ('btree', 'hash')
ORDER BY 1, 2, 3
