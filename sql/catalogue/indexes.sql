-- Returns the usable indexes of declared tables with their keys (columns and expressions), to decide which support the search of a
-- device column or find the rows of a record.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT d.declared,
       x.relname::pg_catalog.text AS index_name,
       ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, k, true) FROM pg_catalog.generate_series(1, i.indnkeyatts) AS k ORDER BY k) AS keys
FROM (SELECT DISTINCT f.declared FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)) AS d
JOIN pg_catalog.pg_index i ON i.indrelid OPERATOR(pg_catalog.=) d.declared AND i.indisvalid AND i.indpred IS NULL
JOIN pg_catalog.pg_class x ON x.oid OPERATOR(pg_catalog.=) i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid OPERATOR(pg_catalog.=) x.relam AND m.amname OPERATOR(pg_catalog.=) ANY ('{btree,hash}')
ORDER BY 1, 2
