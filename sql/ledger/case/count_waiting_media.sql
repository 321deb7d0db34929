-- Counts the media objects of a submission that are still to be deleted, by the reason why the last attempt failed.
-- $1 bigint: the submission; $2 text: only those of requests of this case, or NULL for all. Zero rows: none are left.
SELECT m.failure, count(DISTINCT (m.table_name, m.row_key)) AS objects
FROM lethe.media m
WHERE m.submission_id = $1 AND m.deleted_at IS NULL
  AND ($2::text IS NULL OR EXISTS (SELECT FROM lethe.request r
                                   WHERE r.submission_id = m.submission_id AND r.request = m.request AND r.request_case = $2))
GROUP BY m.failure
ORDER BY m.failure
