-- The sessions that live and hold locks, the one that processes a submission before its workers.
-- $1 text[]: kinds; $2 bigint: the submission, 0 for scrub. Zero rows: nobody is at work.
SELECT k.pid, coalesce(a.usename, '?')::pg_catalog.text AS role_name, k.acquired_at
FROM lethe.lock k
JOIN pg_catalog.pg_locks l
    ON l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted AND l.objsubid OPERATOR(pg_catalog.=) 1
   AND l.classid OPERATOR(pg_catalog.=) (k.token OPERATOR(pg_catalog.>>) 32)::pg_catalog.oid AND l.objid OPERATOR(pg_catalog.=) (k.token OPERATOR(pg_catalog.&) 4294967295)::pg_catalog.oid AND l.pid OPERATOR(pg_catalog.=) k.pid
JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) k.pid AND a.usesysid OPERATOR(pg_catalog.=) k.role_id
WHERE k.kind OPERATOR(pg_catalog.=) ANY ($1) AND k.id OPERATOR(pg_catalog.=) $2
ORDER BY k.kind OPERATOR(pg_catalog.=) 'worker', k.acquired_at
