-- Lists the approvals that are no longer needed: no run has claimed the submission, or it is purged.
-- $1 timestamptz: approved before. Zero rows: none.
SELECT DISTINCT a.drop_name, a.file_name
FROM lethe.case_approval a
WHERE a.approved_at OPERATOR(pg_catalog.<) $1
  AND NOT EXISTS (SELECT FROM lethe.submission s
                  WHERE s.drop_name OPERATOR(pg_catalog.=) a.drop_name AND s.file_name OPERATOR(pg_catalog.=) a.file_name AND s.purged_at IS NULL)
ORDER BY 1, 2
