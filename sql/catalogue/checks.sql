-- Returns the CHECK constraints of declared tables, and those that only a partition has, with the columns they read.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT f.declared,
       k.conname::pg_catalog.text AS name,
       pg_catalog.pg_get_expr(k.conbin, k.conrelid) AS expression,
       (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid OPERATOR(pg_catalog.=) k.conrelid AND a.attnum OPERATOR(pg_catalog.=) ANY (k.conkey)) AS columns
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)
JOIN pg_catalog.pg_constraint k ON k.conrelid OPERATOR(pg_catalog.=) f.member AND k.contype OPERATOR(pg_catalog.=) 'c' AND (f.member OPERATOR(pg_catalog.=) f.declared OR k.coninhcount OPERATOR(pg_catalog.=) 0)
WHERE k.conkey IS NOT NULL
ORDER BY 1, 2
