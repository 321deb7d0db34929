-- How many other sessions wait for locks of our sessions. One row.
-- $1 int[]: the server processes of our sessions.
SELECT count(DISTINCT l.pid) AS waiting
FROM pg_locks l
WHERE NOT l.granted AND l.pid <> ALL ($1::int[]) AND pg_blocking_pids(l.pid) && $1::int[]
