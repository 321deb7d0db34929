-- Lists the contacts that were answered before their media objects were deleted.
-- $1 bigint: the submission; $2 text: the response that they got. Zero rows: none.
SELECT DISTINCT c.request, c.contact
FROM lethe.contact c
JOIN lethe.media m ON m.submission_id OPERATOR(pg_catalog.=) c.submission_id AND m.request OPERATOR(pg_catalog.=) c.request AND m.contact OPERATOR(pg_catalog.=) c.contact
WHERE c.submission_id OPERATOR(pg_catalog.=) $1 AND c.response OPERATOR(pg_catalog.=) $2
ORDER BY 1, 2
