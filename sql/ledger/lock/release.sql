-- Releases a lock of this session. Returns no rows.
-- $1 text: kind; $2 bigint: the submission, 0 for scrub; $3 bigint: the token of this session.
-- Workers that ended without releasing theirs are removed with it.
DELETE FROM lethe.lock k
WHERE k.id = $2
  AND (k.kind = $1 AND k.token = $3
       OR $1 = 'submission' AND k.kind = 'worker' AND NOT EXISTS (
           SELECT 1
           FROM pg_catalog.pg_locks l
           WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
             AND l.classid = (k.token >> 32)::pg_catalog.oid AND l.objid = (k.token & 4294967295)::pg_catalog.oid
             AND l.pid = k.pid))
