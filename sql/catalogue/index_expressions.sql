-- Returns the expressions and predicates of indexes over declared tables and their partitions, without indexes that partitions have
-- from their parent: a value for which one fails makes every UPDATE fail.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT f.declared,
       x.relname::text AS name,
       '(ROW(' || concat_ws(', ', pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid))
           || ') IS NULL) IS NOT NULL' AS expression,
       (SELECT array_agg(DISTINCT a.attname::text) FROM pg_attribute a
        JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = x.oid AND d.refobjid = i.indrelid
                        AND d.refobjsubid = a.attnum
        WHERE a.attrelid = i.indrelid) AS columns
FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)
JOIN pg_index i ON i.indrelid = f.member AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
JOIN pg_class x ON x.oid = i.indexrelid
WHERE f.member = f.declared OR NOT EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhrelid = x.oid)
ORDER BY 1, 2
