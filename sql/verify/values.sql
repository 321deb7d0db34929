-- Counts the rows of the accounts in scope that hold a staged device, in any form, in a column that is not declared as a device;
-- also inside arrays and documents. Zero rows: none does.
SELECT g.target, count(DISTINCT (t./* account */ account_id /* end */, /* keys */ t.contact_id /* end */)) AS row_count
FROM /* table */ contact_centre.contact /* end */ t
CROSS JOIN LATERAL (/* values */ SELECT lower(t.first_name::text) /* end */) AS s (value)
JOIN lethe_lookup l ON l.value = s.value
JOIN lethe_target g ON g.device = l.device
JOIN lethe_scope_account a ON a.scope = g.scope AND a.account_id = t./* account */ account_id /* end */::text
 AND (l.national IS NULL OR l.national = a.national)
GROUP BY g.target
