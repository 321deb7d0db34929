-- Foreign keys from or to columns of declared tables, with those columns.
-- $1 text[], $2 text[]: schemas and names of the tables, pairwise. One row per constraint and declared table.
SELECT n.nspname::text AS schema_name,
       c.relname::text AS table_name,
       k.conname::text AS constraint_name,
       o.relname::text AS other_table,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid
          AND a.attnum = ANY (CASE WHEN k.conrelid = c.oid THEN k.conkey ELSE k.confkey END)) AS columns
FROM unnest($1::text[], $2::text[]) AS declared (schema_name, table_name)
JOIN pg_namespace n ON n.nspname = declared.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = declared.table_name
JOIN pg_constraint k ON k.contype = 'f' AND (k.conrelid = c.oid OR k.confrelid = c.oid) AND k.conparentid = 0
JOIN pg_class o ON o.oid = CASE WHEN k.conrelid = c.oid THEN k.confrelid ELSE k.conrelid END
ORDER BY 1, 2, 3
