-- Counts the locks that one transaction over declared tables takes, one on each table, partition and index, and those for which the
-- server has room. One row.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family.
SELECT (SELECT pg_catalog.count(*) FROM (SELECT f.member FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS f (declared, member)
                              UNION
                              SELECT i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.oid[])) AS locked) AS needed,
       pg_catalog.current_setting('max_locks_per_transaction')::bigint
           OPERATOR(pg_catalog.*) (pg_catalog.current_setting('max_connections')::bigint OPERATOR(pg_catalog.+) pg_catalog.current_setting('max_prepared_transactions')::bigint) AS available
