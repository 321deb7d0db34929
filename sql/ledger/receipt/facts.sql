-- The facts about a submission for its receipt, and about the server for the operator's copy.
-- $1 bigint: the submission. Zero rows: there is no such submission.
SELECT s.received_at, s.started_at AS begun_at, s.answered_at, s.digest, s.contacts, s.errors,
       s.error IS NULL AS readable,
       (SELECT pg_catalog.count(*) FROM lethe.request r WHERE r.submission_id OPERATOR(pg_catalog.=) s.submission_id) AS requests,
       s.begun_lsn::pg_catalog.text AS begun_lsn, s.begun_xid::pg_catalog.text AS begun_xid,
       pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text AS lsn, pg_catalog.pg_current_xact_id()::pg_catalog.text AS xid,
       pg_catalog.current_database()::pg_catalog.text AS database_name, pg_catalog.current_setting('server_version') AS server_version,
       pg_catalog.clock_timestamp() AS server_clock
FROM lethe.submission s
WHERE s.submission_id OPERATOR(pg_catalog.=) $1
