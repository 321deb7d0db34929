-- Releases a lock of this session. Returns no rows.
-- $1 text: kind; $2 bigint: the submission, 0 for scrub; $3 bigint: the token of this session.
-- Workers that ended without releasing theirs are removed with it.
DELETE FROM lethe.lock k
WHERE k.id OPERATOR(pg_catalog.=) $2
  AND (k.kind OPERATOR(pg_catalog.=) $1 AND k.token OPERATOR(pg_catalog.=) $3
       OR $1 OPERATOR(pg_catalog.=) 'submission' AND k.kind OPERATOR(pg_catalog.=) 'worker' AND NOT EXISTS (
           SELECT 1
           FROM pg_catalog.pg_locks l
           WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted AND l.objsubid OPERATOR(pg_catalog.=) 1
             AND l.classid OPERATOR(pg_catalog.=) (k.token OPERATOR(pg_catalog.>>) 32)::pg_catalog.oid AND l.objid OPERATOR(pg_catalog.=) (k.token OPERATOR(pg_catalog.&) 4294967295)::pg_catalog.oid
             AND l.pid OPERATOR(pg_catalog.=) k.pid))
