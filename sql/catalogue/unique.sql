-- Unique and exclusion constraints' indexes of declared tables and their partitions, with the columns that they cover,
-- also inside expressions. identifies: whether it covers the whole table, as a plain unique index.
-- $1 oid[], $2 oid[]: declared tables and members of their families, pairwise. One row per index, but for those that
-- partitions have from their parent.
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
