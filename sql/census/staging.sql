-- Temporary tables of Lethe's other sessions, by schema. alive: whether the session still exists; before PostgreSQL 16: whether any
-- other session of Lethe exists in this database. Zero rows: none.
SELECT n.nspname::text AS schema_name, count(*) AS tables,
       CASE WHEN current_setting('server_version_num')::int >= 160000
            THEN EXISTS (SELECT FROM pg_stat_get_backend_idset() b WHERE n.nspname = 'pg_temp_' || b)
            ELSE EXISTS (SELECT FROM pg_stat_activity a
                         WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.application_name LIKE 'lethe%')
       END AS alive
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relpersistence = 't' AND c.relkind = 'r' AND c.relname LIKE 'lethe\_%' AND n.oid <> pg_my_temp_schema()
GROUP BY n.nspname ORDER BY 1
