-- Returns the CHECK constraints of declared tables, and those that only a partition has, with the columns they read.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT f.declared,
       k.conname::text AS name,
       pg_get_expr(k.conbin, k.conrelid) AS expression,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS columns
FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)
JOIN pg_constraint k ON k.conrelid = f.member AND k.contype = 'c' AND (f.member = f.declared OR k.coninhcount = 0)
WHERE k.conkey IS NOT NULL
ORDER BY 1, 2
