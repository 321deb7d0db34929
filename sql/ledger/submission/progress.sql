-- The progress of a submission, and whether any session that lives processes it now.
-- $1 bigint: the submission. Zero rows: there is no such submission.
SELECT s.contacts, s.started_at AS begun_at, s.resumed_at, s.resumed_answered, s.wish,
       (SELECT count(*) FROM lethe.contact c WHERE c.submission_id = s.submission_id) AS answered,
       EXISTS (SELECT 1
               FROM lethe.lock k
               JOIN pg_catalog.pg_locks l
                   ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                  AND l.classid = (k.token >> 32)::pg_catalog.oid AND l.objid = (k.token & 4294967295)::pg_catalog.oid AND l.pid = k.pid
               JOIN pg_catalog.pg_stat_activity a ON a.pid = k.pid AND a.usesysid = k.role_id
               WHERE k.kind IN ('submission', 'worker') AND k.id = s.submission_id) AS at_work
FROM lethe.submission s
WHERE s.submission_id = $1
