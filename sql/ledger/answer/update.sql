-- Replaces responses after a recheck.
-- $1 bigint: the submission; $2 int[], $3 int[]: request and contact; $4 text[]: responses; $5 text[]: row counts as JSON, or NULL; all of
-- one length. Zero rows changed: none of the contacts has a response.
UPDATE lethe.contact c
SET response = later.response, row_counts = coalesce(c.row_counts, later.row_counts::pg_catalog.jsonb)
FROM ROWS FROM (pg_catalog.unnest($2::int[]), pg_catalog.unnest($3::int[]), pg_catalog.unnest($4::pg_catalog.text[]), pg_catalog.unnest($5::pg_catalog.text[])) AS later (request, contact, response, row_counts)
WHERE c.submission_id OPERATOR(pg_catalog.=) $1 AND c.request OPERATOR(pg_catalog.=) later.request AND c.contact OPERATOR(pg_catalog.=) later.contact
