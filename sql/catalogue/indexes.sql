-- The indexes of declared tables by their first key, for saying which serves a device column.
-- $1 oid[], $2 oid[]: declared tables and members of their families, pairwise. One row per usable index.
SELECT d.declared,
       x.relname::text AS index_name,
       pg_get_indexdef(i.indexrelid, 1, true) AS first_key
FROM (SELECT DISTINCT f.declared FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)) AS d
JOIN pg_index i ON i.indrelid = d.declared AND i.indisvalid AND i.indpred IS NULL
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am m ON m.oid = x.relam AND m.amname IN ('btree', 'hash')
ORDER BY 1, 2
