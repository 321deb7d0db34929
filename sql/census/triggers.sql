-- Triggers and rules that fire when rows of tables are changed; the tables they write to may hold old values.
-- targets: tables that the function's text writes to, except those in $1. quiet: whether its text contains no word with which it could
-- write. $1 oid[]: the tables. Zero rows: none.
WITH fired AS (
    -- Enabled user triggers that fire on UPDATE or DELETE, with the text of their functions, which is searched
    -- below.
    SELECT t.tgrelid, t.tgname::pg_catalog.text AS name, p.oid AS function, n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) p.proname AS function_name, p.prosrc,
           n.nspname OPERATOR(pg_catalog.=) 'pg_catalog'
               OR l.lanname OPERATOR(pg_catalog.=) ANY ('{plpgsql,sql}')
                  AND p.prosrc OPERATOR(pg_catalog.!~*) '\m(insert|update|merge|copy|execute|perform|call|select|notify|raise|dblink\w*)\M' AS quiet
    FROM pg_catalog.pg_trigger t
    JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) t.tgfoid
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
    WHERE t.tgrelid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) AND NOT t.tgisinternal AND t.tgenabled OPERATOR(pg_catalog.<>) 'D' AND (t.tgtype::int OPERATOR(pg_catalog.&) 24) OPERATOR(pg_catalog.<>) 0
), written AS (
    -- Names that the function texts write to, judging by keywords.
    SELECT DISTINCT f.function, pg_catalog.replace(pg_catalog.lower(m.named[1]), '"', '') AS name
    FROM fired f, pg_catalog.regexp_matches(f.prosrc, '(?:insert\s+into|update|merge\s+into|copy)\s+(?:only\s+)?([\w."$]+)', 'gi') AS m (named)
), target AS (
    -- The tables with these names: a text may name anything.
    SELECT w.function, c.oid, n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) c.relname AS name
    FROM written w
    JOIN pg_catalog.pg_class c ON c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,f}')
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace AND n.nspname OPERATOR(pg_catalog.!~) '^pg_(toast|temp)'
    WHERE w.name OPERATOR(pg_catalog.=) ANY (ARRAY[pg_catalog.lower(c.relname), pg_catalog.lower(n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) c.relname)]) AND c.oid OPERATOR(pg_catalog.<>) ALL ($1::pg_catalog.oid[])
), found AS (
    -- Triggers with their targets, and rules, whose targets the server records as dependencies.
    SELECT f.tgrelid AS relation, f.name, f.function_name, f.quiet,
           coalesce((SELECT pg_catalog.array_agg(DISTINCT t.name ORDER BY t.name) FROM target t WHERE t.function OPERATOR(pg_catalog.=) f.function), '{}') AS targets
    FROM fired f
    UNION ALL
    SELECT w.ev_class, w.rulename::pg_catalog.text, '', false,
           coalesce((SELECT pg_catalog.array_agg(DISTINCT n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) c.relname)
                     FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) d.refobjid JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
                     WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid OPERATOR(pg_catalog.=) w.oid AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
                       AND c.oid OPERATOR(pg_catalog.<>) ALL ($1::pg_catalog.oid[]) AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,f}')), '{}')
    FROM pg_catalog.pg_rewrite w
    WHERE w.ev_class OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) AND w.ev_type OPERATOR(pg_catalog.=) ANY ('{2,4}') AND w.ev_enabled OPERATOR(pg_catalog.<>) 'D'
)
SELECT n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) c.relname AS table_name, f.name, f.function_name, f.quiet, f.targets
FROM found f JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) f.relation JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
ORDER BY 1, 2
