-- Lists the responses of a submission, in the order of its contacts.
-- $1 bigint: the submission; $2 text: only those of requests of this case, or NULL for all. Zero rows: there is no such response.
SELECT c.request, c.contact, c.kind, c.response
FROM lethe.contact c
JOIN lethe.request r ON r.submission_id = c.submission_id AND r.request = c.request
WHERE c.submission_id = $1 AND ($2::text IS NULL OR r.request_case = $2)
ORDER BY c.request, c.contact
