-- Returns the given devices that are in suppression entries, which are never changed.
-- $1 text[]: the devices, canonical. Zero rows: none is.
SELECT DISTINCT s.value FROM contact_centre.suppression_entry s WHERE s.kind OPERATOR(pg_catalog.=) 'device' AND s.value OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])
