-- The facts about a submission for its certificate, and about the server for the operator's copy. receipt: the content of the receipt, or
-- NULL.
-- $1 bigint: the submission. Zero rows: there is no such submission.
SELECT s.answered_at, s.contacts::bigint AS contacts, s.errors, s.error IS NOT NULL AS unreadable,
       s.purged_at IS NOT NULL AND pg_catalog.starts_with(s.drop_name, 'case/') AS folder_purged,
       (SELECT r.content FROM lethe.receipt r WHERE r.submission_id OPERATOR(pg_catalog.=) s.submission_id) AS receipt,
       pg_catalog.current_database()::pg_catalog.text AS database_name, pg_catalog.current_setting('server_version') AS server_version,
       pg_catalog.clock_timestamp() AS server_clock, s.clock_source
FROM lethe.submission s WHERE s.submission_id OPERATOR(pg_catalog.=) $1
