-- How an index is made, and how many dead row versions the server counts in a table and its TOAST, of whomever.
-- $1 oid[]: tables, views and indexes. One row each.
SELECT c.oid, am.amname::text AS method, pg_stat_get_dead_tuples(c.oid) AS dead,
       coalesce(pg_stat_get_dead_tuples(nullif(c.reltoastrelid, 0)), 0) AS toast_dead, nullif(c.reltoastrelid, 0) AS toast
FROM pg_class c LEFT JOIN pg_am am ON am.oid = c.relam
WHERE c.oid = ANY ($1::oid[])
