-- Foreign keys that declared tables refer or are referred to by, with the columns on the side of the declared table.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise. One row per key and side.
SELECT n.nspname::text AS schema_name,
       c.relname::text AS table_name,
       k.conname::text AS constraint_name,
       array_agg(DISTINCT a.attname::text) AS columns
FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = declared.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name
JOIN pg_constraint k ON k.contype = 'f' AND c.oid IN (k.conrelid, k.confrelid)
JOIN pg_attribute a ON a.attrelid = c.oid
                   AND ((k.conrelid = c.oid AND a.attnum = ANY (k.conkey)) OR (k.confrelid = c.oid AND a.attnum = ANY (k.confkey)))
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
