-- Returns the foreign keys from or to columns of declared tables, with those columns. One row per constraint and declared table.
-- digest: of the definition.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT d.declared,
       k.conname::pg_catalog.text AS constraint_name,
       o.relname::pg_catalog.text AS other_table,
       (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid OPERATOR(pg_catalog.=) d.declared
          AND a.attnum OPERATOR(pg_catalog.=) ANY (CASE WHEN k.conrelid OPERATOR(pg_catalog.=) d.declared THEN k.conkey ELSE k.confkey END)) AS columns,
       pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(k.conrelid::pg_catalog.regclass::pg_catalog.text OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) pg_catalog.pg_get_constraintdef(k.oid), 'UTF8')), 'hex'), 32) AS digest
FROM (SELECT DISTINCT f.declared FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)) AS d
JOIN pg_catalog.pg_constraint k ON k.contype OPERATOR(pg_catalog.=) 'f' AND (k.conrelid OPERATOR(pg_catalog.=) d.declared OR k.confrelid OPERATOR(pg_catalog.=) d.declared) AND k.conparentid OPERATOR(pg_catalog.=) 0
JOIN pg_catalog.pg_class o ON o.oid OPERATOR(pg_catalog.=) CASE WHEN k.conrelid OPERATOR(pg_catalog.=) d.declared THEN k.confrelid ELSE k.conrelid END
ORDER BY 1, 2
