-- Counts the rows of a column that hold a staged device, in any form and case; also inside arrays and documents. Always one row.
SELECT count(DISTINCT (t.tableoid, t.ctid)) AS row_count, count(DISTINCT l.device) AS devices
FROM /* table */ contact_centre.contact /* end */ t
CROSS JOIN LATERAL (/* values */ SELECT lower(t.first_name::text) /* end */) AS s (value)
JOIN lethe_lookup l ON l.value = s.value
