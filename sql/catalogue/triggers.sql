-- Returns the triggers of declared tables and their partitions that fire on UPDATE; they may store old values elsewhere. One row per
-- table and trigger name.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT DISTINCT f.declared, t.tgname::text AS trigger_name
FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)
JOIN pg_trigger t ON t.tgrelid = f.member
WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND (t.tgtype::int & 16) <> 0
ORDER BY 1, 2
