-- Changed tables that cannot be found: not by name, and no FORGET recorded their OID in this database. A table whose recorded OID no
-- longer exists was dropped. $1 text[]: changed tables, as <schema>.<table>. Zero rows: none.
SELECT t.name
FROM pg_catalog.unnest($1::pg_catalog.text[]) AS t (name)
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
                  WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}') AND n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) c.relname OPERATOR(pg_catalog.=) t.name)
  AND NOT EXISTS (SELECT FROM lethe.changed_relation r, pg_catalog.pg_control_system() y, pg_database d
                  WHERE r.table_name OPERATOR(pg_catalog.=) t.name AND r.system_id OPERATOR(pg_catalog.=) y.system_identifier AND r.database_oid OPERATOR(pg_catalog.=) d.oid
                    AND d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
ORDER BY 1
