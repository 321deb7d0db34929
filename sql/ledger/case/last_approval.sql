-- The last approval of a submission.
-- $1 text: drop; $2 text: file. Zero rows: it was never approved, or the approval was purged.
SELECT plan::pg_catalog.text AS plan, approved_at, digest, os_uid, os_login_uid, os_user, database_user
FROM lethe.case_approval WHERE drop_name OPERATOR(pg_catalog.=) $1 AND file_name OPERATOR(pg_catalog.=) $2 ORDER BY approval_id DESC LIMIT 1
