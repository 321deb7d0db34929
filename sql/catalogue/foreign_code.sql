-- Returns what the server may evaluate when it reads or changes tables, and that reaches a function, operator, operator class,
-- access method or type of others: not of the system, nor of a trusted extension, or one of the system that runs SQL from a
-- text. One row per table and object. on_read: whether reading the table may evaluate it, for the planner folds
-- expressions of indexes, statistics objects and partition keys. digest: of the object and of what it reaches, with the source of
-- every function of others. Reads system catalogues only.
-- $1 oid[]: tables and materialised views, or indexes, for the table of each; partitions and heirs are examined too.
-- $2 text[]: the trusted extensions. Zero rows: there is nothing.
WITH RECURSIVE member (declared, root, relation) AS (
    -- The tables with their partitions and heirs at every level.
    SELECT r.oid, COALESCE(i.indrelid, r.oid), COALESCE(i.indrelid, r.oid)
    FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS r (oid)
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid OPERATOR(pg_catalog.=) r.oid
    UNION
    SELECT m.declared, m.root, h.inhrelid FROM member m JOIN pg_catalog.pg_inherits h ON h.inhparent OPERATOR(pg_catalog.=) m.relation
),
-- What is evaluated, with the objects at which the search for its functions begins. Objects that a partition has from its
-- parent are those of the parent.
origin (declared, relation, kind, name, on_read, class, object, part) AS MATERIALIZED (
    SELECT m.declared, m.relation, 'constraint'::pg_catalog.text, k.conname::pg_catalog.text, false,
           'pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid, k.oid, 0
    FROM member m
    JOIN pg_catalog.pg_constraint k ON k.conrelid OPERATOR(pg_catalog.=) m.relation AND k.contype OPERATOR(pg_catalog.=) 'c'
    WHERE m.relation OPERATOR(pg_catalog.=) m.root OR k.coninhcount OPERATOR(pg_catalog.=) 0
    UNION ALL
    SELECT m.declared, m.relation, 'index', x.relname::pg_catalog.text, true, o.class, o.object, 0
    FROM member m
    JOIN pg_catalog.pg_index i ON i.indrelid OPERATOR(pg_catalog.=) m.relation
    JOIN pg_catalog.pg_class x ON x.oid OPERATOR(pg_catalog.=) i.indexrelid
    CROSS JOIN LATERAL (
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, i.indexrelid
        WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
        UNION ALL
        SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, c.oid FROM pg_catalog.unnest(i.indclass) AS c (oid)
        UNION ALL
        SELECT 'pg_catalog.pg_am'::pg_catalog.regclass, x.relam
        UNION ALL
        SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, e.oid
        FROM pg_catalog.pg_constraint k CROSS JOIN LATERAL pg_catalog.unnest(k.conexclop) AS e (oid)
        WHERE i.indisexclusion AND k.conindid OPERATOR(pg_catalog.=) i.indexrelid AND k.contype OPERATOR(pg_catalog.=) 'x'
    ) AS o (class, object)
    WHERE m.relation OPERATOR(pg_catalog.=) m.root OR NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid OPERATOR(pg_catalog.=) x.oid)
    UNION ALL
    SELECT m.declared, m.relation, 'statistics', s.stxname::pg_catalog.text, true,
           'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid, 0
    FROM member m
    JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid OPERATOR(pg_catalog.=) m.relation AND s.stxexprs IS NOT NULL
    UNION ALL
    SELECT m.declared, m.relation, 'generated', a.attname::pg_catalog.text, a.attgenerated OPERATOR(pg_catalog.=) 'v',
           'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid, 0
    FROM member m
    JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) m.relation AND a.attgenerated OPERATOR(pg_catalog.<>) '' AND NOT a.attisdropped
    JOIN pg_catalog.pg_attrdef d ON d.adrelid OPERATOR(pg_catalog.=) a.attrelid AND d.adnum OPERATOR(pg_catalog.=) a.attnum
    WHERE m.relation OPERATOR(pg_catalog.=) m.root OR a.attinhcount OPERATOR(pg_catalog.=) 0
    UNION ALL
    SELECT m.declared, m.relation, 'partition_key', c.relname::pg_catalog.text, true, o.class, o.object, 0
    FROM member m
    JOIN pg_catalog.pg_partitioned_table p ON p.partrelid OPERATOR(pg_catalog.=) m.relation
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) m.relation
    CROSS JOIN LATERAL (
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, p.partrelid WHERE p.partexprs IS NOT NULL
        UNION ALL
        SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, k.oid FROM pg_catalog.unnest(p.partclass) AS k (oid)
    ) AS o (class, object)
    UNION ALL
    SELECT m.declared, m.relation, 'column', a.attname::pg_catalog.text, false,
           'pg_catalog.pg_type'::pg_catalog.regclass, a.atttypid, 0
    FROM member m
    JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) m.relation AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped AND a.atttypid OPERATOR(pg_catalog.>=) 16384
    WHERE m.relation OPERATOR(pg_catalog.=) m.root
    UNION ALL
    SELECT m.declared, m.relation, 'query', c.relname::pg_catalog.text, false,
           'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, 0
    FROM member m
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) m.relation AND c.relkind OPERATOR(pg_catalog.=) 'm'
    JOIN pg_catalog.pg_rewrite w ON w.ev_class OPERATOR(pg_catalog.=) m.relation
),
-- Whose objects count as the server's, in schemas and extensions that do.
superuser AS MATERIALIZED (
    SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolsuper
),
-- The members of trusted extensions. The owner of an extension may add objects of their own, so the owner of each object counts.
extended AS MATERIALIZED (
    SELECT d.classid AS class, d.objid AS object
    FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) e.oid
                               AND d.deptype OPERATOR(pg_catalog.=) 'e'
    WHERE e.extname OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[])
),
-- What the objects depend on, directly or not. Expressions lead to their functions, operators, types and columns, columns to
-- their types, types to what makes them up and to their casts. pg_depend does not list objects of the system, so the
-- functions in expressions are read from their trees.
reached (root, class, object, part) AS (
    SELECT DISTINCT pg_catalog.concat_ws('/', o.class, o.object), o.class, o.object, o.part FROM origin o
    UNION
    SELECT r.root, next.class, next.object, next.part
    FROM reached r
    CROSS JOIN LATERAL (
        SELECT d.refclassid, d.refobjid, d.refobjsubid
        FROM pg_catalog.pg_depend d
        WHERE d.classid OPERATOR(pg_catalog.=) r.class AND d.objid OPERATOR(pg_catalog.=) r.object AND d.objsubid OPERATOR(pg_catalog.=) 0 AND r.part OPERATOR(pg_catalog.=) 0
          AND r.class OPERATOR(pg_catalog.=) ANY (ARRAY['pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_attrdef'::pg_catalog.regclass,
                          'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, 'pg_catalog.pg_class'::pg_catalog.regclass,
                          'pg_catalog.pg_rewrite'::pg_catalog.regclass]::pg_catalog.oid[])
          AND (d.refclassid OPERATOR(pg_catalog.=) ANY (ARRAY['pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
                                'pg_catalog.pg_type'::pg_catalog.regclass, 'pg_catalog.pg_opclass'::pg_catalog.regclass]::pg_catalog.oid[])
               OR d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid OPERATOR(pg_catalog.>) 0)
        UNION ALL
        SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, f.mentioned[1]::pg_catalog.oid, 0
        FROM (
            SELECT k.conbin::pg_catalog.text FROM pg_catalog.pg_constraint k
            WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid OPERATOR(pg_catalog.=) r.object
            UNION ALL
            SELECT e.adbin::pg_catalog.text FROM pg_catalog.pg_attrdef e
            WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND e.oid OPERATOR(pg_catalog.=) r.object
            UNION ALL
            SELECT s.stxexprs::pg_catalog.text FROM pg_catalog.pg_statistic_ext s
            WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND s.oid OPERATOR(pg_catalog.=) r.object
            UNION ALL
            SELECT pg_catalog.concat(i.indexprs::pg_catalog.text, i.indpred::pg_catalog.text) FROM pg_catalog.pg_index i
            WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND r.part OPERATOR(pg_catalog.=) 0 AND i.indexrelid OPERATOR(pg_catalog.=) r.object
            UNION ALL
            SELECT w.ev_action::pg_catalog.text FROM pg_catalog.pg_rewrite w
            WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid OPERATOR(pg_catalog.=) r.object
            UNION ALL
            SELECT p.partexprs::pg_catalog.text FROM pg_catalog.pg_partitioned_table p
            WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND r.part OPERATOR(pg_catalog.=) 0 AND p.partrelid OPERATOR(pg_catalog.=) r.object
        ) AS tree (text)
        CROSS JOIN LATERAL pg_catalog.regexp_matches(tree.text, ':(?:funcid|opfuncid|hashfuncid|negfuncid|aggfnoid|winfnoid) ([1-9]\d*)', 'g')
            AS f (mentioned)
        UNION ALL
        SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, a.atttypid, 0
        FROM pg_catalog.pg_attribute a
        WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND r.part OPERATOR(pg_catalog.>) 0
          AND a.attrelid OPERATOR(pg_catalog.=) r.object AND a.attnum OPERATOR(pg_catalog.=) r.part
        UNION ALL
        -- The views that a query reads, with theirs.
        SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, 0
        FROM pg_catalog.pg_rewrite w
        JOIN pg_catalog.pg_class v ON v.oid OPERATOR(pg_catalog.=) w.ev_class AND v.relkind OPERATOR(pg_catalog.=) 'v'
        WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND r.part OPERATOR(pg_catalog.>) 0 AND w.ev_class OPERATOR(pg_catalog.=) r.object
        UNION ALL
        SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, m.amhandler::pg_catalog.oid, 0
        FROM pg_catalog.pg_am m
        WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_am'::pg_catalog.regclass AND m.oid OPERATOR(pg_catalog.=) r.object AND m.oid OPERATOR(pg_catalog.>=) 16384
        UNION ALL
        SELECT part.class, part.object, 0
        FROM pg_catalog.pg_type y
        CROSS JOIN LATERAL (
            SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid, y.typbasetype WHERE y.typtype OPERATOR(pg_catalog.=) 'd'
            UNION ALL
            SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid FROM pg_catalog.pg_constraint k WHERE k.contypid OPERATOR(pg_catalog.=) y.oid
            UNION ALL
            SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, a.atttypid
            FROM pg_catalog.pg_attribute a
            WHERE y.typtype OPERATOR(pg_catalog.=) 'c' AND a.attrelid OPERATOR(pg_catalog.=) y.typrelid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
            UNION ALL
            SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, y.typelem WHERE y.typelem OPERATOR(pg_catalog.<>) 0
            UNION ALL
            SELECT range.class, range.object
            FROM pg_catalog.pg_range g
            CROSS JOIN LATERAL (VALUES
                ('pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid, g.rngsubtype),
                ('pg_catalog.pg_proc'::pg_catalog.regclass, g.rngcanonical::pg_catalog.oid),
                ('pg_catalog.pg_proc'::pg_catalog.regclass, g.rngsubdiff::pg_catalog.oid),
                ('pg_catalog.pg_opclass'::pg_catalog.regclass, g.rngsubopc)
            ) AS range (class, object)
            WHERE y.oid OPERATOR(pg_catalog.=) ANY (ARRAY[g.rngtypid, g.rngmultitypid])
            UNION ALL
            -- Casts to or from types of others begin at those, if they are reached.
            SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, c.castfunc
            FROM pg_catalog.pg_cast c
            WHERE c.castsource OPERATOR(pg_catalog.=) y.oid AND c.casttarget OPERATOR(pg_catalog.<) 16384 OR c.casttarget OPERATOR(pg_catalog.=) y.oid AND c.castsource OPERATOR(pg_catalog.<) 16384
            UNION ALL
            SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, c.oid FROM pg_catalog.pg_opclass c WHERE c.opcintype OPERATOR(pg_catalog.=) y.oid
        ) AS part (class, object)
        WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass AND y.oid OPERATOR(pg_catalog.=) r.object AND y.oid OPERATOR(pg_catalog.>=) 16384 AND part.object OPERATOR(pg_catalog.<>) 0
    ) AS next (class, object, part)
),
-- The objects that were reached and are not the system's, each with its owner.
owned (class, object, schema, owner, name) AS (
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid, p.oid, p.pronamespace, p.proowner, p.proname
    FROM pg_catalog.pg_proc p WHERE p.oid OPERATOR(pg_catalog.>=) 16384
    UNION ALL
    SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, o.oprnamespace, o.oprowner, o.oprname
    FROM pg_catalog.pg_operator o WHERE o.oid OPERATOR(pg_catalog.>=) 16384
    UNION ALL
    SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, c.oid, c.opcnamespace, c.opcowner, c.opcname
    FROM pg_catalog.pg_opclass c WHERE c.oid OPERATOR(pg_catalog.>=) 16384
    UNION ALL
    -- Enums, composite types, domains, ranges and arrays have the input and output functions of the system.
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, y.oid, y.typnamespace, y.typowner, y.typname
    FROM pg_catalog.pg_type y WHERE y.oid OPERATOR(pg_catalog.>=) 16384 AND y.typtype OPERATOR(pg_catalog.=) 'b' AND y.typcategory OPERATOR(pg_catalog.<>) 'A'
),
-- What is not trusted of what was reached.
foreign_code (root, name) AS (
    SELECT r.root, n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) o.name
    FROM reached r
    JOIN owned o ON o.class OPERATOR(pg_catalog.=) r.class AND o.object OPERATOR(pg_catalog.=) r.object
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) o.schema
    WHERE NOT (o.owner OPERATOR(pg_catalog.=) ANY (SELECT s.oid FROM superuser s)
               AND (n.nspname OPERATOR(pg_catalog.=) 'pg_catalog'
                    OR EXISTS (SELECT FROM extended e WHERE e.class OPERATOR(pg_catalog.=) o.class AND e.object OPERATOR(pg_catalog.=) o.object)))
    UNION
    -- Functions that others did not make, but that run what a text says, or do something else than compute a value.
    SELECT r.root, n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) p.proname
    FROM reached r
    CROSS JOIN LATERAL (
        SELECT f.proname, f.pronamespace
        FROM pg_catalog.pg_proc f
        WHERE f.oid OPERATOR(pg_catalog.=) r.object
          AND (f.provolatile OPERATOR(pg_catalog.=) 'v' AND f.proname OPERATOR(pg_catalog.<>) ALL ('{clock_timestamp,gen_random_uuid,random,timeofday}')
               OR f.proname OPERATOR(pg_catalog.~) '_to_xml|^pg_input_|^(ts_stat|ts_rewrite)$')
        -- Looked up one by one: the planner would read all of pg_proc.
        OFFSET 0
    ) AS p
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
    WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
),
-- The functions that objects of others call. Operators, operator classes and types name theirs.
called (class, object, function) AS (
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid, p.oid, p.oid
    FROM pg_catalog.pg_proc p WHERE p.oid OPERATOR(pg_catalog.>=) 16384
    UNION ALL
    -- The planner may take the negator or the commutator instead.
    SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, f.oid
    FROM pg_catalog.pg_operator o
    JOIN pg_catalog.pg_operator n ON n.oid OPERATOR(pg_catalog.=) ANY (ARRAY[o.oid, o.oprnegate, o.oprcom])
    CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[n.oprcode, n.oprrest, n.oprjoin]::pg_catalog.oid[]) AS f (oid)
    WHERE o.oid OPERATOR(pg_catalog.>=) 16384
    UNION ALL
    SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, c.oid, a.amproc::pg_catalog.oid
    FROM pg_catalog.pg_opclass c
    JOIN pg_catalog.pg_amproc a ON a.amprocfamily OPERATOR(pg_catalog.=) c.opcfamily
    WHERE c.oid OPERATOR(pg_catalog.>=) 16384
    UNION ALL
    SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, c.oid, o.oprcode::pg_catalog.oid
    FROM pg_catalog.pg_opclass c
    JOIN pg_catalog.pg_amop a ON a.amopfamily OPERATOR(pg_catalog.=) c.opcfamily
    JOIN pg_catalog.pg_operator o ON o.oid OPERATOR(pg_catalog.=) a.amopopr
    WHERE c.oid OPERATOR(pg_catalog.>=) 16384
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, y.oid, f.oid
    FROM pg_catalog.pg_type y
    CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[y.typinput, y.typoutput, y.typreceive, y.typsend, y.typmodin, y.typmodout,
                                               y.typanalyze]::pg_catalog.oid[]) AS f (oid)
    WHERE y.oid OPERATOR(pg_catalog.>=) 16384
),
-- What is reviewed: the expressions on the way, and what others define with the source of its functions.
definition (root, text) AS (
    SELECT r.root, described.text COLLATE pg_catalog."C"
    FROM reached r
    CROSS JOIN LATERAL (
        SELECT pg_catalog.pg_get_constraintdef(k.oid) FROM pg_catalog.pg_constraint k
        WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid OPERATOR(pg_catalog.=) r.object
        UNION ALL
        SELECT pg_catalog.pg_get_expr(e.adbin, e.adrelid) FROM pg_catalog.pg_attrdef e
        WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND e.oid OPERATOR(pg_catalog.=) r.object
        UNION ALL
        SELECT pg_catalog.pg_get_statisticsobjdef(s.oid) FROM pg_catalog.pg_statistic_ext s
        WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND s.oid OPERATOR(pg_catalog.=) r.object
        UNION ALL
        SELECT pg_catalog.pg_get_indexdef(i.indexrelid) FROM pg_catalog.pg_index i
        WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND r.part OPERATOR(pg_catalog.=) 0 AND i.indexrelid OPERATOR(pg_catalog.=) r.object
        UNION ALL
        SELECT pg_catalog.pg_get_partkeydef(p.partrelid) FROM pg_catalog.pg_partitioned_table p
        WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND r.part OPERATOR(pg_catalog.=) 0 AND p.partrelid OPERATOR(pg_catalog.=) r.object
        UNION ALL
        SELECT pg_catalog.pg_get_ruledef(w.oid) FROM pg_catalog.pg_rewrite w
        WHERE r.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid OPERATOR(pg_catalog.=) r.object
        UNION ALL
        SELECT o.name::pg_catalog.text FROM owned o
        WHERE o.class OPERATOR(pg_catalog.=) r.class AND o.object OPERATOR(pg_catalog.=) r.object
        UNION ALL
        SELECT pg_catalog.jsonb_build_array(
            p.oid::pg_catalog.regprocedure, l.lanname, p.proowner::pg_catalog.regrole, p.prosecdef, p.proconfig, p.prosrc,
            p.probin)::pg_catalog.text
        FROM called c
        JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) c.function AND p.oid OPERATOR(pg_catalog.>=) 16384
        JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
        WHERE c.class OPERATOR(pg_catalog.=) r.class AND c.object OPERATOR(pg_catalog.=) r.object
    ) AS described (text)
    WHERE r.root OPERATOR(pg_catalog.=) ANY (SELECT f.root FROM foreign_code f)
)
SELECT o.declared,
       o.kind,
       o.name,
       pg_catalog.bool_or(o.on_read) AS on_read,
       pg_catalog.string_agg(DISTINCT f.name, ', ') AS reaches,
       pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
           pg_catalog.string_agg(DISTINCT d.text, '' ORDER BY d.text), 'UTF8')), 'hex'), 32) AS digest
FROM origin o
JOIN foreign_code f ON f.root OPERATOR(pg_catalog.=) pg_catalog.concat_ws('/', o.class, o.object)
LEFT JOIN definition d ON d.root OPERATOR(pg_catalog.=) f.root
GROUP BY o.declared, o.kind, o.name
ORDER BY 1, 2, 3
