-- The history of submissions, newest first. With a case, contacts, answers and rows are those of its requests; everything in its
-- folder belongs to it.
-- $1 text: case; $2 text: drop; $3, $4 timestamptz: received from, to; each NULL for any. Zero rows: no submission matches.
SELECT s.submission_id, s.drop_name, s.file_name, s.action, s.state, s.error,
       s.received_at, s.answered_at, s.completed_at, s.purged_at,
       -- Purge deletes the cases and keeps the earliest day in asked_on; before that it comes from the cases themselves.
       coalesce(s.asked_on, (SELECT min(a.received_on)
                             FROM lethe.care_case a
                             WHERE a.case_id IN (SELECT r.request_case FROM lethe.request r WHERE r.submission_id = s.submission_id
                                                 UNION ALL SELECT substr(s.drop_name, 6) WHERE s.drop_name LIKE 'case/%')
                               AND ($1::text IS NULL OR a.case_id = $1))) AS asked_on,
       coalesce((SELECT array_agg(DISTINCT r.request_case) FROM lethe.request r
                 WHERE r.submission_id = s.submission_id AND r.request_case IS NOT NULL), '{}') AS cases,
       -- Without a case the counts of the submission, which purge keeps when it deletes the answers.
       coalesce(c.contacts, s.contacts) AS contacts, coalesce(c.success, s.success) AS success,
       coalesce(c.not_found, s.not_found) AS not_found, coalesce(c.errors, s.errors) AS errors,
       coalesce(c.row_count, (SELECT sum(t.row_count) FROM lethe.table_count t WHERE t.submission_id = s.submission_id), 0)::bigint
           AS row_count
FROM lethe.submission s
-- The counts of one case: a file may hold requests of several cases, so they are counted from the answers.
LEFT JOIN LATERAL (
    SELECT (SELECT sum(r.contacts) FROM lethe.request r
            WHERE r.submission_id = s.submission_id AND (r.request_case = $1 OR s.drop_name = 'case/' || $1))::bigint AS contacts,
           count(*) FILTER (WHERE k.response LIKE 'SUCCESS%') AS success,
           count(*) FILTER (WHERE k.response = 'SUCCESS: not found') AS not_found,
           count(*) FILTER (WHERE k.response LIKE 'ERROR%') AS errors,
           coalesce(sum((SELECT sum(n.value::bigint) FROM jsonb_each_text(k.row_counts) n)), 0)::bigint AS row_count
    FROM lethe.contact k
    JOIN lethe.request r ON r.submission_id = k.submission_id AND r.request = k.request
    WHERE k.submission_id = s.submission_id AND (r.request_case = $1 OR s.drop_name = 'case/' || $1)
) c ON $1::text IS NOT NULL
WHERE ($1::text IS NULL OR s.drop_name = 'case/' || $1 OR EXISTS (SELECT 1 FROM lethe.request r WHERE r.submission_id = s.submission_id AND r.request_case = $1))
  AND ($2::text IS NULL OR s.drop_name = $2)
  AND ($3::timestamptz IS NULL OR s.received_at >= $3)
  AND ($4::timestamptz IS NULL OR s.received_at < $4)
ORDER BY s.received_at DESC, s.submission_id DESC
