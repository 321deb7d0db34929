-- Returns the generated columns of declared tables, with the columns from which they are computed. digest: of the expression.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
-- The generated columns with their expressions. Materialised, so that pg_depend is searched only for these.
WITH generated AS MATERIALIZED (
    SELECT g.attrelid, g.attnum, g.attname, e.oid AS expression, pg_get_expr(e.adbin, e.adrelid) AS text
    FROM (SELECT DISTINCT f.declared FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)) AS d
    JOIN pg_attribute g ON g.attrelid = d.declared AND g.attgenerated <> '' AND NOT g.attisdropped
    JOIN pg_attrdef e ON e.adrelid = g.attrelid AND e.adnum = g.attnum
)
SELECT g.attrelid AS declared,
       g.attname::text AS column_name,
       array_agg(DISTINCT a.attname::text) AS sources,
       pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(g.text, 'UTF8')), 'hex'), 32) AS digest
FROM generated g
JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = g.attrelid AND d.refobjsubid > 0
               AND ((d.classid = 'pg_attrdef'::regclass AND d.objid = g.expression)
                    OR (d.classid = 'pg_class'::regclass AND d.objid = g.attrelid AND d.objsubid = g.attnum))
JOIN pg_attribute a ON a.attrelid = g.attrelid AND a.attnum = d.refobjsubid AND a.attnum <> g.attnum
GROUP BY 1, 2, g.text
ORDER BY 1, 2
