-- Completed submissions whose results and keys are due to go.
-- $1 timestamptz: completed before; $2 text: drop.
SELECT submission_id, file_name, digest_key, digest
FROM lethe.submission
WHERE drop_name = $2 AND completed_at <= $1 AND purged_at IS NULL
ORDER BY submission_id
