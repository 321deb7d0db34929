-- Returns the functions that changes of declared tables run and that name objects without a schema, while no search_path is set
-- for them: Lethe's own is empty, so that such a name is not found. Judged by the text of functions in SQL and PL/pgSQL; those that
-- they call with a schema are examined too. kind and name: what of the table runs the function. names: what has no schema;
-- schemas: where objects of these names are.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: there are none.
-- Materialised, because the planner has no statistics of the parameters.
WITH RECURSIVE family AS MATERIALIZED (
    SELECT f.declared, f.member FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)
),
-- Triggers on UPDATE, and the functions of constraints, indexes and generated columns.
evaluated (declared, kind, name, function) AS MATERIALIZED (
    SELECT f.declared, 'trigger'::pg_catalog.text, t.tgname::pg_catalog.text, t.tgfoid
    FROM family f
    JOIN pg_catalog.pg_trigger t ON t.tgrelid OPERATOR(pg_catalog.=) f.member
    WHERE NOT t.tgisinternal AND t.tgenabled OPERATOR(pg_catalog.<>) 'D' AND (t.tgtype::pg_catalog.int4 OPERATOR(pg_catalog.&) 16) OPERATOR(pg_catalog.<>) 0
    UNION
    SELECT f.declared, o.kind, o.name, d.refobjid
    FROM family f
    CROSS JOIN LATERAL (
        SELECT 'constraint', k.conname::pg_catalog.text, 'pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid, k.oid
        FROM pg_catalog.pg_constraint k WHERE k.conrelid OPERATOR(pg_catalog.=) f.member AND k.contype OPERATOR(pg_catalog.=) 'c'
        UNION ALL
        SELECT 'index', x.relname::pg_catalog.text, 'pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid OPERATOR(pg_catalog.=) i.indexrelid WHERE i.indrelid OPERATOR(pg_catalog.=) f.member
        UNION ALL
        SELECT 'column', a.attname::pg_catalog.text, 'pg_catalog.pg_attrdef'::pg_catalog.regclass, e.oid
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_attrdef e ON e.adrelid OPERATOR(pg_catalog.=) a.attrelid AND e.adnum OPERATOR(pg_catalog.=) a.attnum
        WHERE a.attrelid OPERATOR(pg_catalog.=) f.member AND a.attgenerated OPERATOR(pg_catalog.<>) ''
        UNION ALL
        SELECT 'column', a.attname::pg_catalog.text, 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_constraint k ON k.contypid OPERATOR(pg_catalog.=) a.atttypid
        WHERE a.attrelid OPERATOR(pg_catalog.=) f.member AND a.attnum OPERATOR(pg_catalog.>) 0
    ) AS o (kind, name, class, object)
    JOIN pg_catalog.pg_depend d ON d.classid OPERATOR(pg_catalog.=) o.class AND d.objid OPERATOR(pg_catalog.=) o.object
                               AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
),
-- The functions of others whose names are looked up when they run, without their comments.
body AS MATERIALIZED (
    SELECT p.oid, n.nspname, p.proname,
           pg_catalog.regexp_replace(pg_catalog.lower(p.prosrc), '-[-][^\n]*|/[*].*?[*]/', ' ', 'g') AS text
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
    WHERE p.oid OPERATOR(pg_catalog.>=) 16384 AND l.lanname OPERATOR(pg_catalog.=) ANY ('{plpgsql,sql}') AND p.prosqlbody IS NULL
      AND NOT EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) AS c (setting) WHERE c.setting OPERATOR(pg_catalog.~~) 'search\_path=%')
),
-- These functions, with those that they call by a name with its schema.
run (declared, kind, name, function) AS (
    SELECT e.declared, e.kind, e.name, e.function FROM evaluated e
    UNION
    SELECT r.declared, r.kind, r.name, called.oid
    FROM run r
    JOIN body b ON b.oid OPERATOR(pg_catalog.=) r.function
    JOIN body called ON b.text OPERATOR(pg_catalog.~) pg_catalog.format('\m%s\s*\.\s*%s\s*\(', called.nspname, called.proname)
    WHERE called.nspname OPERATOR(pg_catalog.~) '^\w+$' AND called.proname OPERATOR(pg_catalog.~) '^\w+$'
),
-- Words of a text without a schema: those that can be tables or types, and those that are called.
word AS MATERIALIZED (
    SELECT DISTINCT b.oid, w.found[1] AS name, w.found[2] IS NOT NULL AS is_called
    FROM (SELECT DISTINCT r.function FROM run r) AS of_run
    JOIN body b ON b.oid OPERATOR(pg_catalog.=) of_run.function
    CROSS JOIN LATERAL pg_catalog.regexp_matches(b.text, '(?<![\w.$"])([a-z_]\w*)(?![\w$"])(?!\s*\.)(\s*\()?', 'g') AS w (found)
),
-- Those of them that name an object outside the system: a function that is called, a type, or a table where a statement takes one.
missing AS MATERIALIZED (
    SELECT w.oid, w.name, n.nspname
    FROM word w
    JOIN pg_catalog.pg_proc p ON p.proname OPERATOR(pg_catalog.=) w.name AND w.is_called AND p.oid OPERATOR(pg_catalog.>=) 16384
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace AND n.nspname OPERATOR(pg_catalog.<>) 'pg_catalog'
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_proc s
                      WHERE s.proname OPERATOR(pg_catalog.=) w.name AND s.pronamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace)
    UNION
    SELECT w.oid, w.name, n.nspname
    FROM word w
    JOIN pg_catalog.pg_type y ON y.typname OPERATOR(pg_catalog.=) w.name AND y.oid OPERATOR(pg_catalog.>=) 16384 AND y.typrelid OPERATOR(pg_catalog.=) 0 AND NOT w.is_called
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) y.typnamespace AND n.nspname OPERATOR(pg_catalog.<>) 'pg_catalog' AND n.nspname OPERATOR(pg_catalog.!~) '^pg_t(oast|emp)'
    UNION
    SELECT w.oid, w.name, n.nspname
    FROM word w
    JOIN body b ON b.oid OPERATOR(pg_catalog.=) w.oid
    JOIN pg_catalog.pg_class c ON c.relname OPERATOR(pg_catalog.=) w.name AND c.oid OPERATOR(pg_catalog.>=) 16384 AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f,c}')
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace AND n.nspname OPERATOR(pg_catalog.<>) 'pg_catalog' AND n.nspname OPERATOR(pg_catalog.!~) '^pg_t(oast|emp)'
    WHERE b.text OPERATOR(pg_catalog.~) pg_catalog.format('(\m(from|join|into|update|only|table|using|truncate|copy)\s+%1$s\M(?!\s*\.)|(?<![\w.$"])%1$s\s*%%\s*(row)?type\M)', w.name)
)
SELECT r.declared,
       r.kind,
       r.name,
       m.oid::pg_catalog.regprocedure::pg_catalog.text AS function_name,
       pg_catalog.string_agg(DISTINCT m.name, ', ') AS names,
       pg_catalog.string_agg(DISTINCT pg_catalog.quote_ident(m.nspname), ', ') AS schemas
FROM run r
JOIN missing m ON m.oid OPERATOR(pg_catalog.=) r.function
GROUP BY r.declared, r.kind, r.name, m.oid
ORDER BY 1, 2, 3, 4
