-- Returns the unique and exclusion indexes of declared tables and their partitions, with the columns they cover, also inside
-- expressions; without those that partitions have from their parent. identifies: whether it is a plain unique index over the whole
-- table.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT f.declared,
       x.relname::text AS index_name,
       coalesce((SELECT array_agg(a.attname::text ORDER BY a.attnum)
                 FROM (SELECT unnest(i.indkey)
                       UNION
                       SELECT d.refobjsubid FROM pg_depend d
                       WHERE d.classid = 'pg_class'::regclass AND d.objid = x.oid AND d.refobjid = i.indrelid) AS k (attnum)
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND a.attnum > 0), '{}') AS columns,
       i.indrelid = f.declared AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indisvalid AS identifies
FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)
JOIN pg_index i ON i.indrelid = f.member AND (i.indisunique OR i.indisexclusion)
JOIN pg_class x ON x.oid = i.indexrelid
WHERE f.member = f.declared OR NOT EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhrelid = x.oid)
ORDER BY 1, 2
