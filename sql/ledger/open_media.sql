-- Completed submissions of a drop whose media objects are still to be deleted.
-- $1 text: the drop.
SELECT DISTINCT s.submission_id, s.file_name
FROM lethe.submission s
JOIN lethe.media m ON m.submission_id = s.submission_id AND m.deleted_at IS NULL
WHERE s.drop_name = $1 AND s.completed_at IS NOT NULL
ORDER BY s.submission_id
