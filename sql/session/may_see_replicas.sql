-- One row: whether this role may read the whole of pg_stat_replication.
SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS may_see
