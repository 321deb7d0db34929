-- Returns the leaf partitions of declared tables.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: no table is partitioned.
SELECT f.declared,
       n.nspname::pg_catalog.text AS leaf_schema,
       m.relname::pg_catalog.text AS leaf_name
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) f.declared AND c.relkind OPERATOR(pg_catalog.=) 'p'
JOIN pg_catalog.pg_class m ON m.oid OPERATOR(pg_catalog.=) f.member AND m.relkind OPERATOR(pg_catalog.<>) 'p'
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) m.relnamespace
ORDER BY 1, 2, 3
