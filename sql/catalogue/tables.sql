-- Returns properties of declared tables, apart from their columns, that prevent changes of rows. One row per table.
-- may_be_published: whether a publication of this database may include the table.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: no declared table exists.
-- Materialised, because the planner has no statistics of the parameters.
WITH family AS MATERIALIZED (
    SELECT f.declared, f.member FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)
)
SELECT c.oid AS declared,
       pg_catalog.row_security_active(c.oid) AS row_security,
       (SELECT pg_catalog.string_agg(p.polname::pg_catalog.text, ', ' ORDER BY p.polname)
        FROM pg_catalog.pg_policy p WHERE p.polrelid OPERATOR(pg_catalog.=) c.oid) AS policies,
       EXISTS (SELECT 1 FROM pg_catalog.pg_publication p WHERE p.pubupdate) AS may_be_published,
       (SELECT pg_catalog.string_agg(m.relname::pg_catalog.text, ', ' ORDER BY m.relname)
        FROM family f JOIN pg_catalog.pg_class m ON m.oid OPERATOR(pg_catalog.=) f.member
        WHERE f.declared OPERATOR(pg_catalog.=) c.oid AND m.relkind OPERATOR(pg_catalog.=) 'f') AS foreign_partitions,
       (SELECT pg_catalog.string_agg(r.rulename::pg_catalog.text, ', ' ORDER BY r.rulename)
        FROM pg_catalog.pg_rewrite r WHERE r.ev_class OPERATOR(pg_catalog.=) c.oid AND r.ev_type OPERATOR(pg_catalog.=) '2' AND r.ev_enabled OPERATOR(pg_catalog.<>) 'D') AS update_rules,
       (SELECT pg_catalog.string_agg(m.relname::pg_catalog.text, ', ' ORDER BY m.relname)
        FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class m ON m.oid OPERATOR(pg_catalog.=) h.inhrelid
        WHERE h.inhparent OPERATOR(pg_catalog.=) c.oid AND NOT m.relispartition) AS heirs
FROM (SELECT DISTINCT f.declared FROM family f) AS d
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) d.declared AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}')
ORDER BY c.oid
