-- Counts the rows of the accounts in scope that hold a staged device, in any form, in a column that is not declared as a device;
-- also inside arrays and documents. Zero rows: none does.
SELECT g.target, pg_catalog.count(DISTINCT (t./* account */ account_id /* end */, /* keys */ t.contact_id /* end */)) AS row_count
FROM /* table */ contact_centre.contact /* end */ t
CROSS JOIN LATERAL (/* values */ SELECT pg_catalog.lower(t.first_name::pg_catalog.text) /* end */) AS s (value)
JOIN pg_temp.lethe_lookup l ON l.value OPERATOR(pg_catalog.=) s.value
JOIN pg_temp.lethe_target g ON g.device OPERATOR(pg_catalog.=) l.device
JOIN pg_temp.lethe_scope_account a ON a.scope OPERATOR(pg_catalog.=) g.scope AND a.account_id OPERATOR(pg_catalog.=) t./* account */ account_id /* end */::pg_catalog.text
 AND (l.national IS NULL OR l.national OPERATOR(pg_catalog.=) a.national)
GROUP BY g.target
