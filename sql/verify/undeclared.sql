-- Counts the rows that hold a staged device in a column of a table that the catalogue does not declare, in any account. Zero rows:
-- none does.
SELECT l.device, count(DISTINCT (t.tableoid, t.ctid)) AS row_count
FROM /* table */ contact_centre.contact_list /* end */ t
CROSS JOIN LATERAL (/* values */ SELECT lower(t.name::text) /* end */) AS s (value)
JOIN lethe_lookup l ON l.value = s.value
GROUP BY l.device
