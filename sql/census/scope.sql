-- What the census of a submission, or of all forgets, is about. One row: files that are not purged, and when the last of them
-- was completed; media objects that are still to be deleted.
-- $1 bigint: the submission, or NULL.
SELECT count(*) FILTER (WHERE s.purged_at IS NULL) AS files,
       max(s.completed_at) FILTER (WHERE s.purged_at IS NULL) AS completed_at,
       max(greatest(s.answered_at, s.answered_by_server)) AS answered_at,
       (SELECT count(*) FROM lethe.media m WHERE m.deleted_at IS NULL AND ($1::bigint IS NULL OR m.submission_id = $1)) AS media
FROM lethe.submission s
WHERE s.action = 'FORGET' AND ($1::bigint IS NULL OR s.submission_id = $1)
