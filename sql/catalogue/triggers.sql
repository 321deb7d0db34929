-- Triggers of declared tables and their partitions that fire on UPDATE; they may copy old values elsewhere.
-- $1 oid[], $2 oid[]: declared tables and members of their families, pairwise. One row per table and trigger name.
SELECT DISTINCT f.declared, t.tgname::text AS trigger_name
FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)
JOIN pg_trigger t ON t.tgrelid = f.member
WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND (t.tgtype::int & 16) <> 0
ORDER BY 1, 2
