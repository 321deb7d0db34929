-- Records the tables and partitions behind names that a FORGET may change.
-- $1 bigint: the submission; $2 text[]: tables, as <schema>.<table>. Zero rows changed: all of them are recorded for this submission or a
-- later one, or no table has such a name.
INSERT INTO lethe.changed_relation AS r (system_id, database_oid, table_name, relation, last_submission)
SELECT y.system_identifier, d.oid, t.name, f.oid, $1
FROM pg_catalog.unnest($2::pg_catalog.text[]) AS t (name)
JOIN pg_catalog.pg_class c ON c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}')
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace AND n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) c.relname OPERATOR(pg_catalog.=) t.name,
     LATERAL (SELECT c.oid UNION SELECT p.relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree(c.oid) p) AS f (oid),
     pg_catalog.pg_control_system() AS y, pg_database d
WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
ON CONFLICT (system_id, database_oid, table_name, relation) DO UPDATE SET last_submission = excluded.last_submission
WHERE r.last_submission OPERATOR(pg_catalog.<) excluded.last_submission
