-- Replaces responses after a recheck.
-- $1 bigint: the submission; $2 int[], $3 int[]: request and contact; $4 text[]: responses; $5 text[]: row counts as JSON, or NULL; all of
-- one length. Zero rows changed: none of the contacts has a response.
UPDATE lethe.contact c
SET response = later.response, row_counts = coalesce(c.row_counts, later.row_counts::jsonb)
FROM unnest($2::int[], $3::int[], $4::text[], $5::text[]) AS later (request, contact, response, row_counts)
WHERE c.submission_id = $1 AND c.request = later.request AND c.contact = later.contact
