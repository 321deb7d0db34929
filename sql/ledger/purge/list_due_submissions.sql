-- Completed submissions whose results and keys are due to go.
-- Also those that were purged before and under whose name something was published since.
-- $1 timestamptz: completed before; $2 text: drop.
SELECT submission_id, file_name, digest_key, digest
FROM lethe.submission s
WHERE drop_name = $2 AND completed_at <= $1 AND (purged_at IS NULL OR EXISTS (
        SELECT 1 FROM lethe.result r
        WHERE r.submission_id = s.submission_id AND r.published_at > s.purged_at AND r.published_at <= $1))
ORDER BY submission_id
