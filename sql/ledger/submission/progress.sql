-- The progress of a submission, and whether any session that lives processes it now.
-- $1 bigint: the submission. Zero rows: there is no such submission.
SELECT s.contacts, s.started_at AS begun_at, s.resumed_at, s.resumed_answered, s.wish,
       (SELECT pg_catalog.count(*) FROM lethe.contact c WHERE c.submission_id OPERATOR(pg_catalog.=) s.submission_id) AS answered,
       EXISTS (SELECT 1
               FROM lethe.lock k
               JOIN pg_catalog.pg_locks l
                   ON l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted AND l.objsubid OPERATOR(pg_catalog.=) 1
                  AND l.classid OPERATOR(pg_catalog.=) (k.token OPERATOR(pg_catalog.>>) 32)::pg_catalog.oid AND l.objid OPERATOR(pg_catalog.=) (k.token OPERATOR(pg_catalog.&) 4294967295)::pg_catalog.oid AND l.pid OPERATOR(pg_catalog.=) k.pid
               JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) k.pid AND a.usesysid OPERATOR(pg_catalog.=) k.role_id
               WHERE k.kind OPERATOR(pg_catalog.=) ANY ('{submission,worker}') AND k.id OPERATOR(pg_catalog.=) s.submission_id) AS at_work
FROM lethe.submission s
WHERE s.submission_id OPERATOR(pg_catalog.=) $1
