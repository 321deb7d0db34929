-- The progress of a submission, and whether any session processes it now.
-- $1 bigint: the submission. Zero rows: there is no such submission.
SELECT s.contacts, s.started_at AS begun_at, s.resumed_at, s.resumed_answered, s.wish,
       (SELECT count(*) FROM lethe.contact c WHERE c.submission_id = s.submission_id) AS answered,
       EXISTS (SELECT 1 FROM pg_locks l
               WHERE l.locktype = 'advisory' AND l.classid IN (1279611976, 1279611977) AND l.objid = $1::bigint::int::oid
                 AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) AS at_work
FROM lethe.submission s
WHERE s.submission_id = $1
