-- Takes a lock that one session at a time can hold, unless a session that lives holds it. Does not wait.
-- $1 text: kind, submission or scrub; $2 bigint: the submission, 0 for scrub; $3 bigint: the token of this session.
-- One row if the lock is taken, or was this session's already; zero rows if another session holds it.
INSERT INTO lethe.lock AS k (kind, id, pid, token, role_id)
SELECT $1, $2, s.pid, $3, s.usesysid
FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) s
ON CONFLICT (kind, id) WHERE kind OPERATOR(pg_catalog.<>) 'worker' DO UPDATE
SET pid = excluded.pid, token = excluded.token, role_id = excluded.role_id, acquired_at = pg_catalog.now()
WHERE k.token OPERATOR(pg_catalog.=) $3
   OR NOT EXISTS (
       -- The session that holds the row's token, with the row's process and login role: it lives.
       SELECT 1
       FROM pg_catalog.pg_locks l
       JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
       WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted AND l.objsubid OPERATOR(pg_catalog.=) 1
         AND l.classid OPERATOR(pg_catalog.=) (k.token OPERATOR(pg_catalog.>>) 32)::pg_catalog.oid AND l.objid OPERATOR(pg_catalog.=) (k.token OPERATOR(pg_catalog.&) 4294967295)::pg_catalog.oid
         AND l.pid OPERATOR(pg_catalog.=) k.pid AND a.usesysid OPERATOR(pg_catalog.=) k.role_id)
RETURNING true AS taken
