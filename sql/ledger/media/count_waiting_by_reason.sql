-- Counts the media objects of a drop that are still to be deleted, by submission and by the reason why the last attempt failed.
-- $1 text: the drop. Zero rows: none are left.
SELECT s.file_name, m.failure, pg_catalog.count(DISTINCT (m.table_name, m.row_key)) AS objects
FROM lethe.submission s
JOIN lethe.media m ON m.submission_id OPERATOR(pg_catalog.=) s.submission_id AND m.deleted_at IS NULL
WHERE s.drop_name OPERATOR(pg_catalog.=) $1
GROUP BY s.submission_id, s.file_name, m.failure
ORDER BY s.submission_id, m.failure
