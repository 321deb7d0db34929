-- Temporary tables of Lethe's other sessions, by schema. alive: whether the session still exists; before PostgreSQL 16: whether any
-- other session of Lethe exists in this database. Zero rows: none.
SELECT n.nspname::pg_catalog.text AS schema_name, pg_catalog.count(*) AS tables,
       CASE WHEN pg_catalog.current_setting('server_version_num')::int OPERATOR(pg_catalog.>=) 160000
            THEN EXISTS (SELECT FROM pg_catalog.pg_stat_get_backend_idset() b WHERE n.nspname OPERATOR(pg_catalog.=) ('pg_temp_' OPERATOR(pg_catalog.||) b))
            ELSE EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
                         WHERE a.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND a.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() AND a.application_name OPERATOR(pg_catalog.~~) 'lethe%')
       END AS alive
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relpersistence OPERATOR(pg_catalog.=) 't' AND c.relkind OPERATOR(pg_catalog.=) 'r' AND c.relname OPERATOR(pg_catalog.~~) 'lethe\_%' AND n.oid OPERATOR(pg_catalog.<>) pg_catalog.pg_my_temp_schema()
GROUP BY n.nspname ORDER BY 1
