-- Lists the submissions of a case that runs have claimed: those in its folder, and those in any drop with a request of this case.
-- $1 text: the case; $2 text: the drop that is its folder. Zero rows: none.
SELECT s.submission_id, s.drop_name, s.file_name, s.action, s.state, s.contacts, s.success, s.not_found, s.errors, s.error,
       s.received_at, s.completed_at, s.purged_at,
       (SELECT count(*) FROM lethe.request r
        WHERE r.submission_id = s.submission_id AND r.request_case IS DISTINCT FROM $1) AS other_requests,
       coalesce((SELECT sum(t.row_count) FROM lethe.table_count t WHERE t.submission_id = s.submission_id), 0)::bigint AS row_count
FROM lethe.submission s
WHERE s.drop_name = $2
   OR s.submission_id IN (SELECT r.submission_id FROM lethe.request r WHERE r.request_case = $1)
ORDER BY s.submission_id
