-- Some tables of the ledger, and whether this role may vacuum each: its owner may, up to PostgreSQL 16 the owner of the database too, and
-- since 17 any role with MAINTAIN on it.
-- $1 text[]: names in the schema lethe. Zero rows: none of them exists.
SELECT c.relname::pg_catalog.text AS table_name,
       pg_catalog.pg_has_role(c.relowner, 'USAGE')
           OR CASE WHEN pg_catalog.current_setting('server_version_num')::int OPERATOR(pg_catalog.>=) 170000 THEN pg_catalog.has_table_privilege(c.oid, 'MAINTAIN')
                   ELSE EXISTS (SELECT FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND pg_catalog.pg_has_role(d.datdba, 'USAGE')) END AS may
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE n.nspname OPERATOR(pg_catalog.=) 'lethe' AND c.relkind OPERATOR(pg_catalog.=) 'r' AND c.relname OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])
ORDER BY c.relname
