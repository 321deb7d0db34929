-- The access method of indexes, and the server's count of dead row versions in tables and their TOAST.
-- $1 oid[]: tables, views and indexes. One row each. Zero rows: none exists.
SELECT c.oid, am.amname::text AS method, pg_stat_get_dead_tuples(c.oid) AS dead,
       coalesce(pg_stat_get_dead_tuples(nullif(c.reltoastrelid, 0)), 0) AS toast_dead, nullif(c.reltoastrelid, 0) AS toast
FROM pg_class c LEFT JOIN pg_am am ON am.oid = c.relam
WHERE c.oid = ANY ($1::oid[])
