-- The access method of indexes, and the server's count of dead row versions in tables and their TOAST.
-- $1 oid[]: tables, views and indexes. One row each. Zero rows: none exists.
SELECT c.oid, am.amname::pg_catalog.text AS method, pg_catalog.pg_stat_get_dead_tuples(c.oid) AS dead,
       coalesce(pg_catalog.pg_stat_get_dead_tuples(t.oid), 0) AS toast_dead, t.oid AS toast
FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_am am ON am.oid OPERATOR(pg_catalog.=) c.relam
LEFT JOIN pg_catalog.pg_class t ON t.oid OPERATOR(pg_catalog.=) c.reltoastrelid
WHERE c.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
