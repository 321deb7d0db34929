-- What makes a schema one that Lethe did not create itself, or in which others can have their code run.
-- $1 text: the schema; $2 text: the name of the role that owns the ledger. Zero rows: the schema can be trusted, or does not exist.
WITH superusers AS (
    -- What a superuser made in the schema since the last migration is no stranger's.
    SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolsuper
), the_schema AS (
    -- The schema, and whether its owner is a superuser, the owner of the ledger, or this role.
    SELECT n.oid, n.nspowner, n.nspacl, r.rolname,
           r.rolsuper OR r.rolname OPERATOR(pg_catalog.=) $2::pg_catalog.text OR r.rolname OPERATOR(pg_catalog.=) current_user OR r.rolname OPERATOR(pg_catalog.=) session_user AS trusted
    FROM pg_catalog.pg_namespace n
    JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
    WHERE n.nspname OPERATOR(pg_catalog.=) $1::pg_catalog.text
), relations AS (
    -- Tables, indexes, sequences and whatever else is in the schema.
    SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relhasrules, s.nspowner
    FROM pg_catalog.pg_class c
    JOIN the_schema s ON s.oid OPERATOR(pg_catalog.=) c.relnamespace
), parts AS (
    -- What may hold an expression of a relation: defaults, constraints, indexes, rules, policies, triggers, statistics.
    SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass AS class_id, d.oid, r.relname FROM pg_catalog.pg_attrdef d JOIN relations r ON r.oid OPERATOR(pg_catalog.=) d.adrelid
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, d.oid, r.relname FROM pg_catalog.pg_constraint d JOIN relations r ON r.oid OPERATOR(pg_catalog.=) d.conrelid
    UNION ALL
    SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, d.oid, r.relname FROM pg_catalog.pg_trigger d JOIN relations r ON r.oid OPERATOR(pg_catalog.=) d.tgrelid WHERE NOT d.tgisinternal
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, r.oid, r.relname FROM relations r
)
SELECT 'schema ' OPERATOR(pg_catalog.||) $1::pg_catalog.text AS object, 'belongs to role ' OPERATOR(pg_catalog.||) s.rolname AS problem
FROM the_schema s
WHERE NOT s.trusted
UNION ALL
SELECT 'schema ' OPERATOR(pg_catalog.||) $1::pg_catalog.text,
       CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0 THEN 'every role can create objects in it' ELSE 'role ' OPERATOR(pg_catalog.||) pg_catalog.pg_get_userbyid(a.grantee) OPERATOR(pg_catalog.||) ' can create objects in it' END
FROM the_schema s, pg_catalog.aclexplode(s.nspacl) a
WHERE a.privilege_type OPERATOR(pg_catalog.=) 'CREATE' AND a.grantee OPERATOR(pg_catalog.<>) s.nspowner
UNION ALL
SELECT 'relation ' OPERATOR(pg_catalog.||) r.relname, 'belongs to role ' OPERATOR(pg_catalog.||) pg_catalog.pg_get_userbyid(r.relowner)
FROM relations r
WHERE r.relowner OPERATOR(pg_catalog.<>) r.nspowner AND r.relowner OPERATOR(pg_catalog.<>) ALL (ARRAY(SELECT u.oid FROM superusers u))
UNION ALL
SELECT 'relation ' OPERATOR(pg_catalog.||) r.relname, 'is neither a table nor an index nor a sequence'
FROM relations r
WHERE r.relkind OPERATOR(pg_catalog.<>) ALL ('{r,i,S}')
UNION ALL
SELECT 'table ' OPERATOR(pg_catalog.||) r.relname, 'has rules or row-level security'
FROM relations r
WHERE r.relkind OPERATOR(pg_catalog.=) 'r' AND (r.relhasrules OR r.relrowsecurity)
UNION ALL
SELECT 'table ' OPERATOR(pg_catalog.||) r.relname, 'is part of an inheritance tree'
FROM relations r
WHERE r.relkind OPERATOR(pg_catalog.=) 'r' AND EXISTS (SELECT 1 FROM pg_catalog.pg_inherits i WHERE r.oid OPERATOR(pg_catalog.=) ANY (ARRAY[i.inhrelid, i.inhparent]))
UNION ALL
SELECT 'table ' OPERATOR(pg_catalog.||) r.relname,
       CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0 THEN 'every role can create triggers on it' ELSE 'role ' OPERATOR(pg_catalog.||) pg_catalog.pg_get_userbyid(a.grantee) OPERATOR(pg_catalog.||) ' can create triggers on it' END
FROM relations r, pg_catalog.aclexplode(r.relacl) a
WHERE r.relkind OPERATOR(pg_catalog.=) 'r' AND a.privilege_type OPERATOR(pg_catalog.=) 'TRIGGER' AND a.grantee OPERATOR(pg_catalog.<>) r.nspowner
UNION ALL
SELECT 'trigger ' OPERATOR(pg_catalog.||) t.tgname OPERATOR(pg_catalog.||) ' on table ' OPERATOR(pg_catalog.||) r.relname, 'was not created by Lethe'
FROM pg_catalog.pg_trigger t
JOIN relations r ON r.oid OPERATOR(pg_catalog.=) t.tgrelid
JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) t.tgfoid
JOIN the_schema s ON true
WHERE NOT t.tgisinternal AND (p.pronamespace OPERATOR(pg_catalog.<>) s.oid OR p.proowner OPERATOR(pg_catalog.<>) s.nspowner AND p.proowner OPERATOR(pg_catalog.<>) ALL (ARRAY(SELECT u.oid FROM superusers u)))
UNION ALL
SELECT 'function ' OPERATOR(pg_catalog.||) p.proname, 'belongs to role ' OPERATOR(pg_catalog.||) pg_catalog.pg_get_userbyid(p.proowner)
FROM pg_catalog.pg_proc p
JOIN the_schema s ON s.oid OPERATOR(pg_catalog.=) p.pronamespace
WHERE p.proowner OPERATOR(pg_catalog.<>) s.nspowner AND p.proowner OPERATOR(pg_catalog.<>) ALL (ARRAY(SELECT u.oid FROM superusers u))
UNION ALL
SELECT 'type ' OPERATOR(pg_catalog.||) t.typname, 'belongs to role ' OPERATOR(pg_catalog.||) pg_catalog.pg_get_userbyid(t.typowner)
FROM pg_catalog.pg_type t
JOIN the_schema s ON s.oid OPERATOR(pg_catalog.=) t.typnamespace
WHERE t.typowner OPERATOR(pg_catalog.<>) s.nspowner AND t.typowner OPERATOR(pg_catalog.<>) ALL (ARRAY(SELECT u.oid FROM superusers u))
UNION ALL
-- Objects of initdb have OIDs below 16384.
SELECT 'relation ' OPERATOR(pg_catalog.||) p.relname, 'depends on ' OPERATOR(pg_catalog.||) pg_catalog.pg_describe_object(d.refclassid, d.refobjid, 0)
FROM parts p
JOIN pg_catalog.pg_depend d ON d.classid OPERATOR(pg_catalog.=) p.class_id AND d.objid OPERATOR(pg_catalog.=) p.oid
LEFT JOIN pg_catalog.pg_proc f ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass AND f.oid OPERATOR(pg_catalog.=) d.refobjid
JOIN the_schema s ON true
WHERE d.refobjid OPERATOR(pg_catalog.>=) 16384
  AND d.refclassid OPERATOR(pg_catalog.=) ANY (ARRAY['pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass,
                       'pg_catalog.pg_collation'::pg_catalog.regclass, 'pg_catalog.pg_opclass'::pg_catalog.regclass])
  AND (f.pronamespace OPERATOR(pg_catalog.=) s.oid) IS NOT TRUE
ORDER BY 1, 2
