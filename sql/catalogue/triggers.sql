-- Returns the triggers of declared tables and their partitions that fire on UPDATE; they may store old values elsewhere. One row per
-- table and trigger name. digest: of the trigger's definition, wherever it fires, and of the function that it runs.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
SELECT f.declared,
       t.tgname::pg_catalog.text AS trigger_name,
       pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
           pg_catalog.string_agg(DISTINCT d.definition, '' ORDER BY d.definition), 'UTF8')), 'hex'), 32) AS digest
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)
JOIN pg_catalog.pg_trigger t ON t.tgrelid OPERATOR(pg_catalog.=) f.member
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) t.tgfoid
JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
CROSS JOIN LATERAL (
    -- Without the table: partitions come and go, with the triggers of their parent.
    SELECT pg_catalog.jsonb_build_array(
        pg_catalog.replace(pg_catalog.pg_get_triggerdef(t.oid), pg_catalog.format(' ON %I.%I ', n.nspname, c.relname), ' ON '),
        t.tgenabled, p.oid::pg_catalog.regprocedure, l.lanname, p.proowner::pg_catalog.regrole, p.prosecdef, p.proconfig, p.prosrc,
        p.probin)::pg_catalog.text COLLATE pg_catalog."C" AS definition
) AS d
WHERE NOT t.tgisinternal
  AND t.tgenabled OPERATOR(pg_catalog.<>) 'D'
  AND (t.tgtype::int OPERATOR(pg_catalog.&) 16) OPERATOR(pg_catalog.<>) 0
GROUP BY 1, 2
ORDER BY 1, 2
