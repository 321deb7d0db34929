-- Returns the size of declared tables with their partitions, in bytes, without indexes.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family. Zero rows: no declared relation exists.
SELECT f.declared, pg_catalog.sum(pg_catalog.pg_table_size(f.member))::bigint AS bytes
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)
GROUP BY f.declared
