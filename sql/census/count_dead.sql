-- Dead row versions of a table or its TOAST, counted with pgstattuple, which skips pages known to be clean.
-- $1 oid: the relation. One row.
SELECT a.dead_tuple_count AS dead
FROM /* counting */ (SELECT pg_catalog.pg_stat_get_dead_tuples($1) AS dead_tuple_count) /* end */ AS a
