-- The number of plain views over tables, directly or through other views. Plain views hold no data. One row.
-- $1 oid[]: the tables.
WITH RECURSIVE reader (relation) AS (
    -- Views that depend on the tables through their rewrite rules, recursively.
    SELECT m.oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS m (oid)
    UNION
    SELECT w.ev_class
    FROM reader r
    JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) r.relation AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    JOIN pg_catalog.pg_rewrite w ON w.oid OPERATOR(pg_catalog.=) d.objid AND w.ev_class OPERATOR(pg_catalog.<>) r.relation
)
SELECT pg_catalog.count(*) AS views FROM reader r JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) r.relation WHERE c.relkind OPERATOR(pg_catalog.=) 'v'
