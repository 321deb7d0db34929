-- The submissions that a census of one FORGET, or of all, covers: files that are not purged, when the last of these was completed,
-- when the last contact was answered, and media objects that are not deleted yet. One row.
-- $1 bigint: the submission, or NULL for all.
SELECT pg_catalog.count(*) FILTER (WHERE s.purged_at IS NULL) AS files,
       pg_catalog.max(s.completed_at) FILTER (WHERE s.purged_at IS NULL) AS completed_at,
       pg_catalog.max(greatest(s.answered_at, s.answered_by_server)) AS answered_at,
       (SELECT pg_catalog.count(*) FROM lethe.media m WHERE m.deleted_at IS NULL AND ($1::bigint IS NULL OR m.submission_id OPERATOR(pg_catalog.=) $1)) AS media
FROM lethe.submission s
WHERE s.action OPERATOR(pg_catalog.=) 'FORGET' AND ($1::bigint IS NULL OR s.submission_id OPERATOR(pg_catalog.=) $1)
