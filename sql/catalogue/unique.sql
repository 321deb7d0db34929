-- Returns the unique and exclusion indexes of declared tables and their partitions, with the columns they cover, also inside
-- expressions; without those that partitions have from their parent. identifies: whether it is a plain unique index over the whole
-- table.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT f.declared,
       x.relname::pg_catalog.text AS index_name,
       coalesce((SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum)
                 FROM (SELECT pg_catalog.unnest(i.indkey)
                       UNION
                       SELECT d.refobjsubid FROM pg_catalog.pg_depend d
                       WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid OPERATOR(pg_catalog.=) x.oid AND d.refobjid OPERATOR(pg_catalog.=) i.indrelid) AS k (attnum)
                 JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) i.indrelid AND a.attnum OPERATOR(pg_catalog.=) k.attnum AND a.attnum OPERATOR(pg_catalog.>) 0), '{}') AS columns,
       i.indrelid OPERATOR(pg_catalog.=) f.declared AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indisvalid AS identifies
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)
JOIN pg_catalog.pg_index i ON i.indrelid OPERATOR(pg_catalog.=) f.member AND (i.indisunique OR i.indisexclusion)
JOIN pg_catalog.pg_class x ON x.oid OPERATOR(pg_catalog.=) i.indexrelid
WHERE f.member OPERATOR(pg_catalog.=) f.declared OR NOT EXISTS (SELECT 1 FROM pg_catalog.pg_inherits h WHERE h.inhrelid OPERATOR(pg_catalog.=) x.oid)
ORDER BY 1, 2
