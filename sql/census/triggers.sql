-- Triggers and rules that fire when rows of tables are changed; the tables they write to may hold old values.
-- targets: tables that the function's text writes to, except those in $1. quiet: whether its text contains no word with which it could
-- write. $1 oid[]: the tables. Zero rows: none.
WITH fired AS (
    -- Enabled user triggers that fire on UPDATE or DELETE, with the text of their functions, which is searched
    -- below.
    SELECT t.tgrelid, t.tgname::text AS name, p.oid AS function, n.nspname || '.' || p.proname AS function_name, p.prosrc,
           n.nspname = 'pg_catalog'
               OR l.lanname IN ('plpgsql', 'sql')
                  AND p.prosrc !~* '\m(insert|update|merge|copy|execute|perform|call|select|notify|raise|dblink\w*)\M' AS quiet
    FROM pg_trigger t
    JOIN pg_proc p ON p.oid = t.tgfoid
    JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_language l ON l.oid = p.prolang
    WHERE t.tgrelid = ANY ($1::oid[]) AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND (t.tgtype::int & 24) <> 0
), written AS (
    -- Names that the function texts write to, judging by keywords.
    SELECT DISTINCT f.function, replace(lower(m.named[1]), '"', '') AS name
    FROM fired f, regexp_matches(f.prosrc, '(?:insert\s+into|update|merge\s+into|copy)\s+(?:only\s+)?([\w."$]+)', 'gi') AS m (named)
), target AS (
    -- The tables with these names: a text may name anything.
    SELECT w.function, c.oid, n.nspname || '.' || c.relname AS name
    FROM written w
    JOIN pg_class c ON c.relkind IN ('r', 'p', 'f')
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_(toast|temp)'
    WHERE w.name IN (lower(c.relname), lower(n.nspname || '.' || c.relname)) AND c.oid <> ALL ($1::oid[])
), found AS (
    -- Triggers with their targets, and rules, whose targets the server records as dependencies.
    SELECT f.tgrelid AS relation, f.name, f.function_name, f.quiet,
           coalesce((SELECT array_agg(DISTINCT t.name ORDER BY t.name) FROM target t WHERE t.function = f.function), '{}') AS targets
    FROM fired f
    UNION ALL
    SELECT w.ev_class, w.rulename::text, '', false,
           coalesce((SELECT array_agg(DISTINCT n.nspname || '.' || c.relname)
                     FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
                     WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
                       AND c.oid <> ALL ($1::oid[]) AND c.relkind IN ('r', 'p', 'f')), '{}')
    FROM pg_rewrite w
    WHERE w.ev_class = ANY ($1::oid[]) AND w.ev_type IN ('2', '4') AND w.ev_enabled <> 'D'
)
SELECT n.nspname || '.' || c.relname AS table_name, f.name, f.function_name, f.quiet, f.targets
FROM found f JOIN pg_class c ON c.oid = f.relation JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY 1, 2
