-- Returns the leaf partitions of declared tables.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: no table is partitioned.
SELECT f.declared,
       n.nspname::text AS leaf_schema,
       m.relname::text AS leaf_name
FROM unnest($1::oid[], $2::oid[]) AS f (declared, member)
JOIN pg_class c ON c.oid = f.declared AND c.relkind = 'p'
JOIN pg_class m ON m.oid = f.member AND m.relkind <> 'p'
JOIN pg_namespace n ON n.oid = m.relnamespace
ORDER BY 1, 2, 3
