-- Records that processing of a submission begins, if it has the approval that it needs.
-- $1 bigint: the submission; $2 bigint: its contacts; $3 timestamptz: now; $4 text: kept if rows that lead to its client IDs are kept, or NULL;
-- $5 boolean: whether the configuration requires that two people agree on a submission of a case; $6 bytea: the digest of the content that is about to be processed,
-- under the key of the person who opened it, or NULL. Zero rows changed: it was begun before, or lacks the approval.
UPDATE lethe.submission s
SET state = 'running', contacts = $2, started_at = $3, trace = $4,
    begun_lsn = pg_catalog.pg_current_wal_insert_lsn(), begun_xid = pg_catalog.pg_current_xact_id()
WHERE s.submission_id OPERATOR(pg_catalog.=) $1 AND s.state OPERATOR(pg_catalog.=) 'received'
  AND (NOT pg_catalog.starts_with(s.drop_name, 'case/')
       -- Without a policy both conditions are unknown, and the approval is required.
       OR NOT ($5 OR (SELECT p.two_people FROM lethe.policy p))
       -- Another person than the one who opened exactly this content has approved exactly this content.
       OR EXISTS (SELECT
                  FROM lethe.case_file f
                  JOIN lethe.case_approval a ON a.drop_name OPERATOR(pg_catalog.=) s.drop_name AND a.file_name OPERATOR(pg_catalog.=) s.file_name
                  WHERE s.drop_name OPERATOR(pg_catalog.=) ('case/' OPERATOR(pg_catalog.||) f.case_id) AND f.file_name OPERATOR(pg_catalog.=) s.file_name
                    AND f.digest OPERATOR(pg_catalog.=) $6 AND a.digest OPERATOR(pg_catalog.=) $6
                    AND a.database_user OPERATOR(pg_catalog.<>) f.database_user
                    AND NOT (ARRAY[a.os_uid, a.os_login_uid] OPERATOR(pg_catalog.&&) ARRAY[f.os_uid, f.os_login_uid])))
