-- The number of plain views over tables, directly or through other views. Plain views hold no data. One row.
-- $1 oid[]: the tables.
WITH RECURSIVE reader (relation) AS (
    -- Views that depend on the tables through their rewrite rules, recursively.
    SELECT m.oid FROM unnest($1::oid[]) AS m (oid)
    UNION
    SELECT w.ev_class
    FROM reader r
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.relation AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> r.relation
)
SELECT count(*) AS views FROM reader r JOIN pg_class c ON c.oid = r.relation WHERE c.relkind = 'v'
