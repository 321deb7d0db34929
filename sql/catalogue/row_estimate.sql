-- Estimates the rows of a table with its partitions: by the statistics, or 100 bytes a row where there are none.
-- $1 oid: the table. Always one row.
SELECT coalesce(pg_catalog.sum(CASE
           WHEN c.reltuples OPERATOR(pg_catalog.>) 0 THEN c.reltuples::pg_catalog.float8
           ELSE (pg_catalog.pg_relation_size(c.oid) OPERATOR(pg_catalog./) 100)::pg_catalog.float8
       END), 0) AS estimate
FROM pg_catalog.pg_partition_tree($1::pg_catalog.oid::pg_catalog.regclass) p
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) p.relid AND p.isleaf
