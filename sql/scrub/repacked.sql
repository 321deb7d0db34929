-- The file of a table, and whether it has pg_repack's trigger, which remains if pg_repack is killed.
-- $1 oid: the table. Zero rows: it does not exist.
SELECT pg_catalog.pg_relation_filenode(c.oid) AS file,
       EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid OPERATOR(pg_catalog.=) c.oid AND t.tgname OPERATOR(pg_catalog.=) 'repack_trigger') AS trigger
FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) $1
