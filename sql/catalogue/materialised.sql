-- Returns the materialised views that read columns of declared tables or their partitions, directly or through other views: they
-- store old values until REFRESH. One row per view and table.
-- digest: of the view's query.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
-- Materialised here and below, because the planner has no statistics of the parameters.
WITH RECURSIVE family AS MATERIALIZED (
    SELECT f.declared, f.member FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)
),
-- The view rules that depend on a column of a family member.
dependent AS MATERIALIZED (
    SELECT DISTINCT f.declared, f.member, d.objid AS rule, d.refobjsubid AS attnum
    FROM family f
    JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) f.member
    WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.refobjsubid OPERATOR(pg_catalog.>) 0
),
-- The views that read the tables directly, then the views that read these; the columns are passed on.
reader (declared, relation, columns) AS (
    SELECT d.declared, w.ev_class, pg_catalog.array_agg(DISTINCT a.attname::pg_catalog.text)
    FROM dependent d
    JOIN pg_catalog.pg_rewrite w ON w.oid OPERATOR(pg_catalog.=) d.rule AND w.ev_class OPERATOR(pg_catalog.<>) d.member
    JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) d.member AND a.attnum OPERATOR(pg_catalog.=) d.attnum
    GROUP BY 1, 2
    UNION
    SELECT r.declared, w.ev_class, r.columns
    FROM reader r
    JOIN pg_catalog.pg_depend d ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) r.relation
    JOIN pg_catalog.pg_rewrite w ON w.oid OPERATOR(pg_catalog.=) d.objid AND w.ev_class OPERATOR(pg_catalog.<>) d.refobjid
)
SELECT DISTINCT r.declared, n.nspname::pg_catalog.text AS view_schema, v.relname::pg_catalog.text AS view_name, r.columns,
       pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.pg_get_viewdef(v.oid), 'UTF8')), 'hex'), 32) AS digest
FROM reader r
JOIN pg_catalog.pg_class v ON v.oid OPERATOR(pg_catalog.=) r.relation AND v.relkind OPERATOR(pg_catalog.=) 'm'
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) v.relnamespace
ORDER BY 1, 2, 3
