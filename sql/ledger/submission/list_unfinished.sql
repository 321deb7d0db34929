-- Submissions of a drop that were begun and not completed.
-- $1 text: the drop.
SELECT submission_id, file_name, received_at FROM lethe.submission WHERE drop_name = $1 AND completed_at IS NULL ORDER BY submission_id
