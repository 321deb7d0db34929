-- Returns the foreign keys from or to columns of declared tables, with those columns. One row per constraint and declared table.
-- digest: of the definition.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT d.declared,
       k.conname::text AS constraint_name,
       o.relname::text AS other_table,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = d.declared
          AND a.attnum = ANY (CASE WHEN k.conrelid = d.declared THEN k.conkey ELSE k.confkey END)) AS columns,
       pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(k.conrelid::regclass::text || ' ' || pg_get_constraintdef(k.oid), 'UTF8')), 'hex'), 32) AS digest
FROM (SELECT DISTINCT f.declared FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)) AS d
JOIN pg_constraint k ON k.contype = 'f' AND (k.conrelid = d.declared OR k.confrelid = d.declared) AND k.conparentid = 0
JOIN pg_class o ON o.oid = CASE WHEN k.conrelid = d.declared THEN k.confrelid ELSE k.conrelid END
ORDER BY 1, 2
