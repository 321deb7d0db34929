-- The last approval of a submission.
-- $1 text: drop; $2 text: file. Zero rows: it was never approved, or the approval was purged.
SELECT plan::text AS plan, approved_at, os_uid, os_login_uid, os_user, database_user
FROM lethe.case_approval WHERE drop_name = $1 AND file_name = $2 ORDER BY approval_id DESC LIMIT 1
