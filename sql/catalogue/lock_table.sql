-- Counts the locks that one transaction over declared tables takes, one on each table, partition and index, and those for which the
-- server has room. One row.
-- $1 oid[], $2 oid[]: pairs of a declared relation and a member of its family.
SELECT (SELECT count(*) FROM (SELECT f.member FROM ROWS FROM (unnest($1::oid[]), unnest($2::oid[])) AS f (declared, member)
                              UNION
                              SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = ANY ($2::oid[])) AS locked) AS needed,
       current_setting('max_locks_per_transaction')::bigint
           * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) AS available
