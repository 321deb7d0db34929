-- Returns properties of declared tables, apart from their columns, that prevent changes of rows. One row per table.
-- may_be_published: whether a publication of this database may include the table.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: no declared table exists.
-- Materialised, because the planner has no statistics of the parameters.
WITH family AS MATERIALIZED (
    SELECT f.declared, f.member FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)
)
SELECT c.oid AS declared,
       row_security_active(c.oid) AS row_security,
       EXISTS (SELECT 1 FROM pg_publication p WHERE p.pubupdate) AS may_be_published,
       (SELECT string_agg(m.relname::text, ', ' ORDER BY m.relname)
        FROM family f JOIN pg_class m ON m.oid = f.member
        WHERE f.declared = c.oid AND m.relkind = 'f') AS foreign_partitions,
       (SELECT string_agg(r.rulename::text, ', ' ORDER BY r.rulename)
        FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type = '2' AND r.ev_enabled <> 'D') AS update_rules,
       (SELECT string_agg(m.relname::text, ', ' ORDER BY m.relname)
        FROM pg_inherits h JOIN pg_class m ON m.oid = h.inhrelid
        WHERE h.inhparent = c.oid AND NOT m.relispartition) AS heirs
FROM (SELECT DISTINCT f.declared FROM family f) AS d
JOIN pg_class c ON c.oid = d.declared AND c.relkind IN ('r', 'p')
ORDER BY c.oid
