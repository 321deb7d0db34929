-- The history of submissions, newest first. With a case, contacts, answers and rows are those of its requests; everything in its
-- folder belongs to it.
-- $1 text: case; $2 text: drop; $3, $4 timestamptz: received from, to; each NULL for any. Zero rows: no submission matches.
SELECT s.submission_id, s.drop_name, s.file_name, s.action, s.state, s.error,
       s.received_at, s.answered_at, s.completed_at, s.purged_at,
       -- Purge deletes the cases and keeps the earliest day in asked_on; before that it comes from the cases themselves.
       coalesce(s.asked_on, (SELECT pg_catalog.min(a.received_on)
                             FROM lethe.care_case a
                             WHERE a.case_id OPERATOR(pg_catalog.=) ANY (SELECT r.request_case FROM lethe.request r WHERE r.submission_id OPERATOR(pg_catalog.=) s.submission_id
                                                 UNION ALL SELECT pg_catalog.substr(s.drop_name, 6) WHERE s.drop_name OPERATOR(pg_catalog.~~) 'case/%')
                               AND ($1::pg_catalog.text IS NULL OR a.case_id OPERATOR(pg_catalog.=) $1))) AS asked_on,
       coalesce((SELECT pg_catalog.array_agg(DISTINCT r.request_case) FROM lethe.request r
                 WHERE r.submission_id OPERATOR(pg_catalog.=) s.submission_id AND r.request_case IS NOT NULL), '{}') AS cases,
       -- Without a case the counts of the submission, which purge keeps when it deletes the answers.
       coalesce(c.contacts, s.contacts) AS contacts, coalesce(c.success, s.success) AS success,
       coalesce(c.not_found, s.not_found) AS not_found, coalesce(c.errors, s.errors) AS errors,
       coalesce(c.row_count, (SELECT pg_catalog.sum(t.row_count) FROM lethe.table_count t WHERE t.submission_id OPERATOR(pg_catalog.=) s.submission_id), 0)::bigint
           AS row_count
FROM lethe.submission s
-- The counts of one case: a file may hold requests of several cases, so they are counted from the answers.
LEFT JOIN LATERAL (
    SELECT (SELECT pg_catalog.sum(r.contacts) FROM lethe.request r
            WHERE r.submission_id OPERATOR(pg_catalog.=) s.submission_id AND (r.request_case OPERATOR(pg_catalog.=) $1 OR s.drop_name OPERATOR(pg_catalog.=) ('case/' OPERATOR(pg_catalog.||) $1)))::bigint AS contacts,
           pg_catalog.count(*) FILTER (WHERE k.response OPERATOR(pg_catalog.~~) 'SUCCESS%') AS success,
           pg_catalog.count(*) FILTER (WHERE k.response OPERATOR(pg_catalog.=) 'SUCCESS: not found') AS not_found,
           pg_catalog.count(*) FILTER (WHERE k.response OPERATOR(pg_catalog.~~) 'ERROR%') AS errors,
           coalesce(pg_catalog.sum((SELECT pg_catalog.sum(n.value::bigint) FROM pg_catalog.jsonb_each_text(k.row_counts) n)), 0)::bigint AS row_count
    FROM lethe.contact k
    JOIN lethe.request r ON r.submission_id OPERATOR(pg_catalog.=) k.submission_id AND r.request OPERATOR(pg_catalog.=) k.request
    WHERE k.submission_id OPERATOR(pg_catalog.=) s.submission_id AND (r.request_case OPERATOR(pg_catalog.=) $1 OR s.drop_name OPERATOR(pg_catalog.=) ('case/' OPERATOR(pg_catalog.||) $1))
) c ON $1::pg_catalog.text IS NOT NULL
WHERE ($1::pg_catalog.text IS NULL OR s.drop_name OPERATOR(pg_catalog.=) ('case/' OPERATOR(pg_catalog.||) $1) OR EXISTS (SELECT 1 FROM lethe.request r WHERE r.submission_id OPERATOR(pg_catalog.=) s.submission_id AND r.request_case OPERATOR(pg_catalog.=) $1))
  AND ($2::pg_catalog.text IS NULL OR s.drop_name OPERATOR(pg_catalog.=) $2)
  AND ($3::pg_catalog.timestamptz IS NULL OR s.received_at OPERATOR(pg_catalog.>=) $3)
  AND ($4::pg_catalog.timestamptz IS NULL OR s.received_at OPERATOR(pg_catalog.<) $4)
ORDER BY s.received_at DESC, s.submission_id DESC
