-- A run continues a submission that was begun before, if it has the approval that it needs; its rate is counted from now.
-- $1 bigint: the submission; $2 timestamptz: now; $3 boolean: whether the configuration requires that two people agree on a submission of a case; $4 bytea: the digest of
-- the content that is about to be processed, under the key of the person who opened it, or NULL. Zero rows changed: it was not begun, or
-- lacks the approval.
UPDATE lethe.submission s
-- A submission that is answered is only published.
SET resumed_at = CASE WHEN s.state OPERATOR(pg_catalog.=) 'running' THEN $2 ELSE s.resumed_at END,
    resumed_answered = CASE WHEN s.state OPERATOR(pg_catalog.=) 'running'
                            THEN (SELECT pg_catalog.count(*) FROM lethe.contact c WHERE c.submission_id OPERATOR(pg_catalog.=) s.submission_id)
                            ELSE s.resumed_answered END
WHERE s.submission_id OPERATOR(pg_catalog.=) $1 AND s.state OPERATOR(pg_catalog.=) ANY ('{running,answered}')
  AND (NOT pg_catalog.starts_with(s.drop_name, 'case/')
       -- Without a policy both conditions are unknown, and the approval is required.
       OR NOT ($3 OR (SELECT p.two_people FROM lethe.policy p))
       -- Another person than the one who opened exactly this content has approved exactly this content.
       OR EXISTS (SELECT
                  FROM lethe.case_file f
                  JOIN lethe.case_approval a ON a.drop_name OPERATOR(pg_catalog.=) s.drop_name AND a.file_name OPERATOR(pg_catalog.=) s.file_name
                  WHERE s.drop_name OPERATOR(pg_catalog.=) ('case/' OPERATOR(pg_catalog.||) f.case_id) AND f.file_name OPERATOR(pg_catalog.=) s.file_name
                    AND f.digest OPERATOR(pg_catalog.=) $4 AND a.digest OPERATOR(pg_catalog.=) $4
                    AND a.database_user OPERATOR(pg_catalog.<>) f.database_user
                    AND NOT (ARRAY[a.os_uid, a.os_login_uid] OPERATOR(pg_catalog.&&) ARRAY[f.os_uid, f.os_login_uid])))
