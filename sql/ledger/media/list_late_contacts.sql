-- Lists the contacts that were answered before their media objects were deleted.
-- $1 bigint: the submission; $2 text: the response that they got. Zero rows: none.
SELECT DISTINCT c.request, c.contact
FROM lethe.contact c
JOIN lethe.media m ON m.submission_id = c.submission_id AND m.request = c.request AND m.contact = c.contact
WHERE c.submission_id = $1 AND c.response = $2
ORDER BY 1, 2
