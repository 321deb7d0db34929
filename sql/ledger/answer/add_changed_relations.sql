-- Records the tables and partitions behind names that a FORGET may change.
-- $1 bigint: the submission; $2 text[]: tables, as <schema>.<table>. Zero rows changed: all of them are recorded for this submission or a
-- later one, or no table has such a name.
INSERT INTO lethe.changed_relation AS r (system_id, database_oid, table_name, relation, last_submission)
SELECT y.system_identifier, d.oid, t.name, f.oid, $1
FROM unnest($2::text[]) AS t (name)
JOIN pg_class c ON c.relkind IN ('r', 'p')
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname || '.' || c.relname = t.name,
     LATERAL (SELECT c.oid UNION SELECT p.relid::oid FROM pg_partition_tree(c.oid) p) AS f (oid),
     pg_control_system() AS y, pg_database d
WHERE d.datname = current_database()
ON CONFLICT (system_id, database_oid, table_name, relation) DO UPDATE SET last_submission = excluded.last_submission
WHERE r.last_submission < excluded.last_submission
