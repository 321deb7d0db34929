-- The sessions that live and hold locks, the one that processes a submission before its workers.
-- $1 text[]: kinds; $2 bigint: the submission, 0 for scrub. Zero rows: nobody is at work.
SELECT k.pid, coalesce(a.usename, '?')::pg_catalog.text AS role_name, k.acquired_at
FROM lethe.lock k
JOIN pg_catalog.pg_locks l
    ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
   AND l.classid = (k.token >> 32)::pg_catalog.oid AND l.objid = (k.token & 4294967295)::pg_catalog.oid AND l.pid = k.pid
JOIN pg_catalog.pg_stat_activity a ON a.pid = k.pid AND a.usesysid = k.role_id
WHERE k.kind = ANY ($1) AND k.id = $2
ORDER BY k.kind = 'worker', k.acquired_at
