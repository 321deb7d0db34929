-- Counts the rows that hold a staged device in a column of a table that the catalogue does not declare, in any account. Zero rows:
-- none does.
SELECT l.device, pg_catalog.count(DISTINCT (t.tableoid, t.ctid)) AS row_count
FROM /* table */ contact_centre.contact_list /* end */ t
CROSS JOIN LATERAL (/* values */ SELECT pg_catalog.lower(t.name::pg_catalog.text) /* end */) AS s (value)
JOIN pg_temp.lethe_lookup l ON l.value OPERATOR(pg_catalog.=) s.value
GROUP BY l.device
