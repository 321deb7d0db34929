-- The indexes of declared tables, for saying which serves a device column, and which leads from a record to its rows.
-- $1 oid[], $2 oid[]: declared tables and members of their families, pairwise. One row per usable index; keys: its columns
-- and expressions.
SELECT d.declared,
       x.relname::text AS index_name,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(1, i.indnkeyatts) AS k ORDER BY k) AS keys
FROM (SELECT DISTINCT f.declared FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)) AS d
JOIN pg_index i ON i.indrelid = d.declared AND i.indisvalid AND i.indpred IS NULL
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am m ON m.oid = x.relam AND m.amname IN ('btree', 'hash')
ORDER BY 1, 2
