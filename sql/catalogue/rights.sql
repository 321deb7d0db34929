-- Checks the privileges that a run needs in addition to those on declared tables. Always one row. ledger: Lethe's own tables on
-- which this role lacks privileges, or NULL.
SELECT has_database_privilege(current_database(), 'TEMP') AS may_stage,
       current_user::text AS role_name,
       (SELECT string_agg(c.relname::text, ', ' ORDER BY c.relname)
        FROM pg_class c
        WHERE c.relnamespace = to_regnamespace('lethe') AND c.relkind = 'r' AND c.relname <> 'refinery_schema_history'
          AND NOT (has_schema_privilege(c.relnamespace, 'USAGE')
                   AND has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
                   AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))) AS ledger
