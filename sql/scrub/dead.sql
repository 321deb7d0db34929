-- Row versions that the server counts as dead in a table, right after VACUUM: those that it had to keep. One row; known:
-- whether the count has those in pages that were in use.
-- $1 oid: the table.
SELECT pg_stat_get_dead_tuples($1) AS dead, current_setting('server_version_num')::int >= 150000 AS known
