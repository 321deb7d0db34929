-- How many other sessions wait for locks of our sessions. One row.
-- $1 int[]: the server processes of our sessions.
SELECT pg_catalog.count(DISTINCT l.pid) AS waiting
FROM pg_catalog.pg_locks l
WHERE NOT l.granted AND l.pid OPERATOR(pg_catalog.<>) ALL ($1::int[]) AND pg_catalog.pg_blocking_pids(l.pid) OPERATOR(pg_catalog.&&) $1::int[]
