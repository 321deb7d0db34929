-- Returns the usable indexes of declared tables with their keys (columns and expressions), to decide which support the search of a
-- device column or find the rows of a record.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT d.declared,
       x.relname::text AS index_name,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(1, i.indnkeyatts) AS k ORDER BY k) AS keys
FROM (SELECT DISTINCT f.declared FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)) AS d
JOIN pg_index i ON i.indrelid = d.declared AND i.indisvalid AND i.indpred IS NULL
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am m ON m.oid = x.relam AND m.amname IN ('btree', 'hash')
ORDER BY 1, 2
