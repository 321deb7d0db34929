-- Dead row versions of a table, or of its TOAST, as pgstattuple counts them: pages that are known to be clean are not read.
-- $1 oid: the relation. One row.
SELECT a.dead_tuple_count AS dead
FROM /* counting */ (SELECT pg_stat_get_dead_tuples($1) AS dead_tuple_count) /* end */ AS a
