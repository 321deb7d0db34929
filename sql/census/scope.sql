-- The submissions that a census of one FORGET, or of all, covers: files that are not purged, when the last of these was completed,
-- when the last contact was answered, and media objects that are not deleted yet. One row.
-- $1 bigint: the submission, or NULL for all.
SELECT count(*) FILTER (WHERE s.purged_at IS NULL) AS files,
       max(s.completed_at) FILTER (WHERE s.purged_at IS NULL) AS completed_at,
       max(greatest(s.answered_at, s.answered_by_server)) AS answered_at,
       (SELECT count(*) FROM lethe.media m WHERE m.deleted_at IS NULL AND ($1::bigint IS NULL OR m.submission_id = $1)) AS media
FROM lethe.submission s
WHERE s.action = 'FORGET' AND ($1::bigint IS NULL OR s.submission_id = $1)
