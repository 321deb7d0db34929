-- Counts the media objects of a submission that are still to be deleted, by the reason why the last attempt failed.
-- $1 bigint: the submission; $2 text: only those of requests of this case, or NULL for all. Zero rows: none are left.
SELECT m.failure, pg_catalog.count(DISTINCT (m.table_name, m.row_key)) AS objects
FROM lethe.media m
WHERE m.submission_id OPERATOR(pg_catalog.=) $1 AND m.deleted_at IS NULL
  AND ($2::pg_catalog.text IS NULL OR EXISTS (SELECT FROM lethe.request r
                                   WHERE r.submission_id OPERATOR(pg_catalog.=) m.submission_id AND r.request OPERATOR(pg_catalog.=) m.request AND r.request_case OPERATOR(pg_catalog.=) $2))
GROUP BY m.failure
ORDER BY m.failure
