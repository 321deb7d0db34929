-- The server's count of dead row versions of a table, which right after VACUUM are those it had to keep. known: whether the count
-- includes pinned pages. One row.
-- $1 oid: the table.
SELECT pg_catalog.pg_stat_get_dead_tuples($1) AS dead, pg_catalog.current_setting('server_version_num')::int OPERATOR(pg_catalog.>=) 150000 AS known
