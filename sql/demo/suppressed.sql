-- Counts the suppression entries and those for one of the given devices, with a digest of all that shows whether any of them
-- changed. Always one row.
-- $1 text[]: the devices, canonical.
SELECT count(*) AS entries,
       count(*) FILTER (WHERE t.kind = 'device' AND t.value = ANY ($1::text[])) AS holding,
       md5(coalesce(string_agg(t::text, E'\n' ORDER BY t::text), '')) AS digest
FROM contact_centre.suppression_entry t
