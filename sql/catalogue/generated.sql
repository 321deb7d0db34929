-- Returns the generated columns of declared tables, with the columns from which they are computed. digest: of the expression.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
-- The generated columns with their expressions. Materialised, so that pg_depend is searched only for these.
WITH generated AS MATERIALIZED (
    SELECT g.attrelid, g.attnum, g.attname, e.oid AS expression, pg_catalog.pg_get_expr(e.adbin, e.adrelid) AS text
    FROM (SELECT DISTINCT f.declared FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)) AS d
    JOIN pg_catalog.pg_attribute g ON g.attrelid OPERATOR(pg_catalog.=) d.declared AND g.attgenerated OPERATOR(pg_catalog.<>) '' AND NOT g.attisdropped
    JOIN pg_catalog.pg_attrdef e ON e.adrelid OPERATOR(pg_catalog.=) g.attrelid AND e.adnum OPERATOR(pg_catalog.=) g.attnum
)
SELECT g.attrelid AS declared,
       g.attname::pg_catalog.text AS column_name,
       pg_catalog.array_agg(DISTINCT a.attname::pg_catalog.text) AS sources,
       pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(g.text, 'UTF8')), 'hex'), 32) AS digest
FROM generated g
JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) g.attrelid AND d.refobjsubid OPERATOR(pg_catalog.>) 0
               AND ((d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid OPERATOR(pg_catalog.=) g.expression)
                    OR (d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid OPERATOR(pg_catalog.=) g.attrelid AND d.objsubid OPERATOR(pg_catalog.=) g.attnum))
JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) g.attrelid AND a.attnum OPERATOR(pg_catalog.=) d.refobjsubid AND a.attnum OPERATOR(pg_catalog.<>) g.attnum
GROUP BY 1, 2, g.text
ORDER BY 1, 2
