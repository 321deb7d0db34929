-- The server's count of dead row versions of a table, which right after VACUUM are those it had to keep. known: whether the count
-- includes pinned pages. One row.
-- $1 oid: the table.
SELECT pg_stat_get_dead_tuples($1) AS dead, current_setting('server_version_num')::int >= 150000 AS known
