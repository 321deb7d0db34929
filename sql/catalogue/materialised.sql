-- Returns the materialised views that read columns of declared tables or their partitions, directly or through other views: they
-- store old values until REFRESH. One row per view and table.
-- digest: of the view's query.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
-- Materialised here and below, because the planner has no statistics of the parameters.
WITH RECURSIVE family AS MATERIALIZED (
    SELECT f.declared, f.member FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)
),
-- The view rules that depend on a column of a family member.
dependent AS MATERIALIZED (
    SELECT DISTINCT f.declared, f.member, d.objid AS rule, d.refobjsubid AS attnum
    FROM family f
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = f.member
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjsubid > 0
),
-- The views that read the tables directly, then the views that read these; the columns are passed on.
reader (declared, relation, columns) AS (
    SELECT d.declared, w.ev_class, array_agg(DISTINCT a.attname::text)
    FROM dependent d
    JOIN pg_rewrite w ON w.oid = d.rule AND w.ev_class <> d.member
    JOIN pg_attribute a ON a.attrelid = d.member AND a.attnum = d.attnum
    GROUP BY 1, 2
    UNION
    SELECT r.declared, w.ev_class, r.columns
    FROM reader r
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = r.relation
    JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> d.refobjid
)
SELECT DISTINCT r.declared, n.nspname::text AS view_schema, v.relname::text AS view_name, r.columns,
       pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_get_viewdef(v.oid), 'UTF8')), 'hex'), 32) AS digest
FROM reader r
JOIN pg_class v ON v.oid = r.relation AND v.relkind = 'm'
JOIN pg_namespace n ON n.oid = v.relnamespace
ORDER BY 1, 2, 3
