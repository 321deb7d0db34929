-- Gives the ledger, with everything in it that this role may give, to the role that owns it where roles are separated. Nothing happens
-- without that role, or if the role of this session is not a member of it.
DO $$
DECLARE
    statement pg_catalog.text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) 'lethe_owner') THEN
        RETURN;
    END IF;
    IF NOT pg_catalog.pg_has_role('lethe_owner', 'MEMBER') THEN
        RETURN;
    END IF;
    FOR statement IN
        SELECT pg_catalog.format('ALTER SCHEMA %I OWNER TO lethe_owner', n.nspname)
        FROM pg_catalog.pg_namespace n
        WHERE n.nspname OPERATOR(pg_catalog.=) 'lethe' AND n.nspowner OPERATOR(pg_catalog.<>) 'lethe_owner'::pg_catalog.regrole AND pg_catalog.pg_has_role(n.nspowner, 'MEMBER')
        UNION ALL
        -- Indexes, row types and sequences of identity columns follow their table.
        SELECT pg_catalog.format('ALTER TABLE lethe.%I OWNER TO lethe_owner', c.relname)
        FROM pg_catalog.pg_class c
        WHERE c.relnamespace OPERATOR(pg_catalog.=) 'lethe'::pg_catalog.regnamespace AND c.relkind OPERATOR(pg_catalog.=) 'r' AND c.relowner OPERATOR(pg_catalog.<>) 'lethe_owner'::pg_catalog.regrole
          AND pg_catalog.pg_has_role(c.relowner, 'MEMBER')
        UNION ALL
        SELECT pg_catalog.format('ALTER FUNCTION %s OWNER TO lethe_owner', p.oid::pg_catalog.regprocedure)
        FROM pg_catalog.pg_proc p
        WHERE p.pronamespace OPERATOR(pg_catalog.=) 'lethe'::pg_catalog.regnamespace AND p.proowner OPERATOR(pg_catalog.<>) 'lethe_owner'::pg_catalog.regrole
          AND pg_catalog.pg_has_role(p.proowner, 'MEMBER')
    LOOP
        -- Not while another process migrates.
        LOCK TABLE lethe.migration_lock IN ACCESS EXCLUSIVE MODE;
        EXECUTE statement;
    END LOOP;
END
$$
