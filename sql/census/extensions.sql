-- Relevant extensions of this database with their schemas, and whether the server collects statement statistics. One row.
SELECT (SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements')
           AS statements_in,
       current_setting('pg_stat_statements.max', true) IS NOT NULL AS statements_kept,
       (SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pgstattuple')
           AS counting_in,
       EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'citus') AS citus,
       to_regclass('pg_catalog.pg_dist_cleanup') IS NOT NULL AS cleanup,
       pg_has_role('pg_read_all_stats', 'USAGE') AS sees_statements
