-- Relevant extensions of this database with their schemas, and whether the server collects statement statistics. One row.
SELECT (SELECT n.nspname::pg_catalog.text FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace WHERE e.extname OPERATOR(pg_catalog.=) 'pg_stat_statements')
           AS statements_in,
       pg_catalog.current_setting('pg_stat_statements.max', true) IS NOT NULL AS statements_kept,
       (SELECT n.nspname::pg_catalog.text FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace WHERE e.extname OPERATOR(pg_catalog.=) 'pgstattuple')
           AS counting_in,
       EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extname OPERATOR(pg_catalog.=) 'citus') AS citus,
       pg_catalog.to_regclass('pg_catalog.pg_dist_cleanup') IS NOT NULL AS cleanup,
       pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS sees_statements
