-- Which of the given devices suppression entries keep by rule. Zero rows: none.
-- $1 text[]: the devices, canonical.
SELECT DISTINCT s.value FROM contact_centre.suppression_entry s WHERE s.kind = 'device' AND s.value = ANY ($1::text[])
