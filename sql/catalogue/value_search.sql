-- Counts the rows of a column that hold a staged device, in any form and case; also inside arrays and documents. Always one row.
SELECT pg_catalog.count(DISTINCT (t.tableoid, t.ctid)) AS row_count, pg_catalog.count(DISTINCT l.device) AS devices
FROM /* table */ contact_centre.contact /* end */ t
CROSS JOIN LATERAL (/* values */ SELECT pg_catalog.lower(t.first_name::pg_catalog.text) /* end */) AS s (value)
JOIN pg_temp.lethe_lookup l ON l.value OPERATOR(pg_catalog.=) s.value
