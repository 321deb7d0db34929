-- Counts the suppression entries and those of them for one of the given devices, with a digest of all by which a
-- change of any of them shows.
-- $1 text[]: the devices, canonical. One row.
SELECT count(*) AS entries,
       count(*) FILTER (WHERE t.kind = 'device' AND t.value = ANY ($1::text[])) AS holding,
       md5(coalesce(string_agg(t::text, E'\n' ORDER BY t::text), '')) AS digest
FROM contact_centre.suppression_entry t
