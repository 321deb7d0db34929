-- How many rows of a column hold a staged device, in any form and any case.
SELECT count(*) AS row_count, count(DISTINCT l.device) AS devices
FROM /* table */ contact_centre.contact /* end */ t
JOIN lethe_lookup l ON l.value = /* value */ lower(t.first_name::text) /* end */
