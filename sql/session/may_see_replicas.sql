-- Whether this role may read all columns of pg_stat_replication. One row.
SELECT pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS may_see
