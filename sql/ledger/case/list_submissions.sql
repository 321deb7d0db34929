-- Lists the submissions of a case that runs have claimed: those in its folder, and those in any drop with a request of this case.
-- $1 text: the case; $2 text: the drop that is its folder. Zero rows: none.
SELECT s.submission_id, s.drop_name, s.file_name, s.action, s.state, s.contacts, s.success, s.not_found, s.errors, s.error,
       s.received_at, s.completed_at, s.purged_at,
       (SELECT pg_catalog.count(*) FROM lethe.request r
        WHERE r.submission_id OPERATOR(pg_catalog.=) s.submission_id AND (r.request_case OPERATOR(pg_catalog.=) $1) IS NOT TRUE) AS other_requests,
       coalesce((SELECT pg_catalog.sum(t.row_count) FROM lethe.table_count t WHERE t.submission_id OPERATOR(pg_catalog.=) s.submission_id), 0)::bigint AS row_count
FROM lethe.submission s
WHERE s.drop_name OPERATOR(pg_catalog.=) $2
   OR s.submission_id OPERATOR(pg_catalog.=) ANY (SELECT r.submission_id FROM lethe.request r WHERE r.request_case OPERATOR(pg_catalog.=) $1)
ORDER BY s.submission_id
