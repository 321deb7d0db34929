-- Changed tables that cannot be found: not by name, and no FORGET recorded their OID in this database. A table whose recorded OID no
-- longer exists was dropped. $1 text[]: changed tables, as <schema>.<table>. Zero rows: none.
SELECT t.name
FROM unnest($1::text[]) AS t (name)
WHERE NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.relkind IN ('r', 'p') AND n.nspname || '.' || c.relname = t.name)
  AND NOT EXISTS (SELECT FROM lethe.changed_relation r, pg_control_system() y, pg_database d
                  WHERE r.table_name = t.name AND r.system_id = y.system_identifier AND r.database_oid = d.oid
                    AND d.datname = current_database())
ORDER BY 1
