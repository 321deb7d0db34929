-- Lists the responses of a submission, in the order of its contacts.
-- $1 bigint: the submission; $2 text: only those of requests of this case, or NULL for all. Zero rows: there is no such response.
SELECT c.request, c.contact, c.kind, c.response
FROM lethe.contact c
JOIN lethe.request r ON r.submission_id OPERATOR(pg_catalog.=) c.submission_id AND r.request OPERATOR(pg_catalog.=) c.request
WHERE c.submission_id OPERATOR(pg_catalog.=) $1 AND ($2::pg_catalog.text IS NULL OR r.request_case OPERATOR(pg_catalog.=) $2)
ORDER BY c.request, c.contact
