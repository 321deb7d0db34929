-- What was done, newest first.
-- $1 text: case; $2 text: drop; $3, $4 timestamptz: received from, to; each NULL for any. $5 bigint: at most so many.
SELECT s.submission_id, s.drop_name, s.file_name, s.action, s.state, s.contacts, s.success, s.not_found, s.errors,
       s.error, s.received_at, s.completed_at, s.purged_at,
       coalesce((SELECT array_agg(DISTINCT r.request_case) FROM lethe.request r
                 WHERE r.submission_id = s.submission_id AND r.request_case IS NOT NULL), '{}') AS cases,
       coalesce((SELECT sum(t.row_count) FROM lethe.table_count t WHERE t.submission_id = s.submission_id), 0)::bigint AS row_count
FROM lethe.submission s
WHERE ($1::text IS NULL OR EXISTS (SELECT 1 FROM lethe.request r WHERE r.submission_id = s.submission_id AND r.request_case = $1))
  AND ($2::text IS NULL OR s.drop_name = $2)
  AND ($3::timestamptz IS NULL OR s.received_at >= $3)
  AND ($4::timestamptz IS NULL OR s.received_at < $4)
ORDER BY s.received_at DESC, s.submission_id DESC
LIMIT $5
