-- The file of a table, and whether pg_repack's trigger is on it: left behind where it was killed. Zero rows: no such table.
-- $1 oid: the table.
SELECT pg_relation_filenode(c.oid) AS file,
       EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'repack_trigger') AS trigger
FROM pg_class c WHERE c.oid = $1
