-- Returns the types of columns whose values are printed by functions of others, directly or in what they consist of: not of the
-- system, nor of a trusted extension. Types of arrays, composite values, domains, ranges and enums are printed by functions of the
-- system, which call those of their elements. $1 text[]: the trusted extensions. Zero rows: there are none.
WITH RECURSIVE
-- The types of columns, with what their values consist of.
part (root, type) AS (
    SELECT DISTINCT a.atttypid, a.atttypid
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) a.attrelid AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,m}')
    WHERE a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped AND a.atttypid OPERATOR(pg_catalog.>=) 16384
    UNION
    SELECT p.root, next.type
    FROM part p
    JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) p.type AND y.oid OPERATOR(pg_catalog.>=) 16384
    CROSS JOIN LATERAL (
        SELECT y.typbasetype WHERE y.typtype OPERATOR(pg_catalog.=) 'd'
        UNION ALL
        SELECT y.typelem WHERE y.typelem OPERATOR(pg_catalog.<>) 0
        UNION ALL
        SELECT a.atttypid
        FROM pg_catalog.pg_attribute a
        WHERE y.typtype OPERATOR(pg_catalog.=) 'c' AND a.attrelid OPERATOR(pg_catalog.=) y.typrelid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
        UNION ALL
        SELECT g.rngsubtype FROM pg_catalog.pg_range g WHERE y.oid OPERATOR(pg_catalog.=) ANY (ARRAY[g.rngtypid, g.rngmultitypid])
    ) AS next (type)
)
SELECT p.root AS column_type,
       pg_catalog.string_agg(DISTINCT n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) f.proname, ', ') AS functions
FROM part p
JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) p.type
JOIN pg_catalog.pg_proc f ON f.oid OPERATOR(pg_catalog.=) y.typoutput::pg_catalog.oid AND f.oid OPERATOR(pg_catalog.>=) 16384
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) f.pronamespace
JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) f.proowner
WHERE NOT r.rolsuper
   OR n.nspname OPERATOR(pg_catalog.<>) 'pg_catalog'
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend d
          JOIN pg_catalog.pg_extension e ON e.oid OPERATOR(pg_catalog.=) d.refobjid AND e.extname OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])
          WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid OPERATOR(pg_catalog.=) f.oid
            AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype OPERATOR(pg_catalog.=) 'e')
GROUP BY p.root
