-- The facts about a submission for its receipt, and about the server for the operator's copy.
-- $1 bigint: the submission. Zero rows: there is no such submission.
SELECT s.received_at, s.started_at AS begun_at, s.answered_at, s.digest, s.contacts, s.errors,
       s.error IS NULL AS readable,
       (SELECT count(*) FROM lethe.request r WHERE r.submission_id = s.submission_id) AS requests,
       s.begun_lsn::text AS begun_lsn, s.begun_xid::text AS begun_xid,
       pg_current_wal_insert_lsn()::text AS lsn, pg_current_xact_id()::text AS xid,
       current_database()::text AS database_name, current_setting('server_version') AS server_version
FROM lethe.submission s
WHERE s.submission_id = $1
