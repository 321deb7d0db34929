-- Counts the suppression entries and those for one of the given devices, with a digest of all that shows whether any of them
-- changed. Always one row.
-- $1 text[]: the devices, canonical.
SELECT pg_catalog.count(*) AS entries,
       pg_catalog.count(*) FILTER (WHERE t.kind OPERATOR(pg_catalog.=) 'device' AND t.value OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])) AS holding,
       pg_catalog.md5(coalesce(pg_catalog.string_agg(t::pg_catalog.text, E'\n' ORDER BY t::pg_catalog.text), '')) AS digest
FROM contact_centre.suppression_entry t
