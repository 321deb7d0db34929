-- What makes a schema one that Lethe did not create itself, or in which others can have their code run.
-- $1 text: the schema; $2 text: the name of the role that owns the ledger. Zero rows: the schema can be trusted, or does not exist.
WITH the_schema AS (
    -- The schema, and whether its owner is a superuser, the owner of the ledger, or this role.
    SELECT n.oid, n.nspowner, n.nspacl, r.rolname,
           r.rolsuper OR r.rolname = $2::pg_catalog.text OR r.rolname = current_user OR r.rolname = session_user AS trusted
    FROM pg_catalog.pg_namespace n
    JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
    WHERE n.nspname = $1::pg_catalog.text
), relations AS (
    -- Tables, indexes, sequences and whatever else is in the schema.
    SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relhasrules, s.nspowner
    FROM pg_catalog.pg_class c
    JOIN the_schema s ON s.oid = c.relnamespace
), parts AS (
    -- What may hold an expression of a relation: defaults, constraints, indexes, rules, policies, triggers, statistics.
    SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass AS class_id, d.oid, r.relname FROM pg_catalog.pg_attrdef d JOIN relations r ON r.oid = d.adrelid
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, d.oid, r.relname FROM pg_catalog.pg_constraint d JOIN relations r ON r.oid = d.conrelid
    UNION ALL
    SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, d.oid, r.relname FROM pg_catalog.pg_trigger d JOIN relations r ON r.oid = d.tgrelid WHERE NOT d.tgisinternal
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, r.oid, r.relname FROM relations r
)
SELECT 'schema ' || $1::pg_catalog.text AS object, 'belongs to role ' || s.rolname AS problem
FROM the_schema s
WHERE NOT s.trusted
UNION ALL
SELECT 'schema ' || $1::pg_catalog.text,
       CASE WHEN a.grantee = 0 THEN 'every role can create objects in it' ELSE 'role ' || pg_catalog.pg_get_userbyid(a.grantee) || ' can create objects in it' END
FROM the_schema s, pg_catalog.aclexplode(s.nspacl) a
WHERE a.privilege_type = 'CREATE' AND a.grantee <> s.nspowner
UNION ALL
SELECT 'relation ' || r.relname, 'belongs to role ' || pg_catalog.pg_get_userbyid(r.relowner)
FROM relations r
WHERE r.relowner <> r.nspowner
UNION ALL
SELECT 'relation ' || r.relname, 'is neither a table nor an index nor a sequence'
FROM relations r
WHERE r.relkind NOT IN ('r', 'i', 'S')
UNION ALL
SELECT 'table ' || r.relname, 'has rules or row-level security'
FROM relations r
WHERE r.relkind = 'r' AND (r.relhasrules OR r.relrowsecurity)
UNION ALL
SELECT 'table ' || r.relname, 'is part of an inheritance tree'
FROM relations r
WHERE r.relkind = 'r' AND EXISTS (SELECT 1 FROM pg_catalog.pg_inherits i WHERE r.oid IN (i.inhrelid, i.inhparent))
UNION ALL
SELECT 'table ' || r.relname,
       CASE WHEN a.grantee = 0 THEN 'every role can create triggers on it' ELSE 'role ' || pg_catalog.pg_get_userbyid(a.grantee) || ' can create triggers on it' END
FROM relations r, pg_catalog.aclexplode(r.relacl) a
WHERE r.relkind = 'r' AND a.privilege_type = 'TRIGGER' AND a.grantee <> r.nspowner
UNION ALL
SELECT 'trigger ' || t.tgname || ' on table ' || r.relname, 'was not created by Lethe'
FROM pg_catalog.pg_trigger t
JOIN relations r ON r.oid = t.tgrelid
JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
JOIN the_schema s ON true
WHERE NOT t.tgisinternal AND (p.pronamespace <> s.oid OR p.proowner <> s.nspowner)
UNION ALL
SELECT 'function ' || p.proname, 'belongs to role ' || pg_catalog.pg_get_userbyid(p.proowner)
FROM pg_catalog.pg_proc p
JOIN the_schema s ON s.oid = p.pronamespace
WHERE p.proowner <> s.nspowner
UNION ALL
SELECT 'type ' || t.typname, 'belongs to role ' || pg_catalog.pg_get_userbyid(t.typowner)
FROM pg_catalog.pg_type t
JOIN the_schema s ON s.oid = t.typnamespace
WHERE t.typowner <> s.nspowner
UNION ALL
-- Objects of initdb have OIDs below 16384.
SELECT 'relation ' || p.relname, 'depends on ' || pg_catalog.pg_describe_object(d.refclassid, d.refobjid, 0)
FROM parts p
JOIN pg_catalog.pg_depend d ON d.classid = p.class_id AND d.objid = p.oid
LEFT JOIN pg_catalog.pg_proc f ON d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND f.oid = d.refobjid
JOIN the_schema s ON true
WHERE d.refobjid >= 16384
  AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass,
                       'pg_catalog.pg_collation'::pg_catalog.regclass, 'pg_catalog.pg_opclass'::pg_catalog.regclass)
  AND (f.pronamespace IS DISTINCT FROM s.oid)
ORDER BY 1, 2
