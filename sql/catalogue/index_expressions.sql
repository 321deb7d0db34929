-- Returns the expressions and predicates of indexes over declared tables and their partitions, without indexes that partitions have
-- from their parent: a value for which one fails makes every UPDATE fail.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT f.declared,
       x.relname::pg_catalog.text AS name,
       '(ROW(' OPERATOR(pg_catalog.||) pg_catalog.concat_ws(', ', pg_catalog.pg_get_expr(i.indexprs, i.indrelid), pg_catalog.pg_get_expr(i.indpred, i.indrelid))
           OPERATOR(pg_catalog.||) ') IS NULL) IS NOT NULL' AS expression,
       (SELECT pg_catalog.array_agg(DISTINCT a.attname::pg_catalog.text) FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_depend d ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid OPERATOR(pg_catalog.=) x.oid AND d.refobjid OPERATOR(pg_catalog.=) i.indrelid
                        AND d.refobjsubid OPERATOR(pg_catalog.=) a.attnum
        WHERE a.attrelid OPERATOR(pg_catalog.=) i.indrelid) AS columns
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)
JOIN pg_catalog.pg_index i ON i.indrelid OPERATOR(pg_catalog.=) f.member AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
JOIN pg_catalog.pg_class x ON x.oid OPERATOR(pg_catalog.=) i.indexrelid
WHERE f.member OPERATOR(pg_catalog.=) f.declared OR NOT EXISTS (SELECT 1 FROM pg_catalog.pg_inherits h WHERE h.inhrelid OPERATOR(pg_catalog.=) x.oid)
ORDER BY 1, 2
