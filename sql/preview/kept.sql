-- Counts the rows of one table that belong to a found client ID but keep their personal fields, because their records hold no
-- requested device.
-- The personal fields are checked last: the planner underestimates how many rows have any, and must not start with them.
-- Zero rows: the client IDs have no other rows in this table.
SELECT v.target,
       pg_catalog.count(DISTINCT (t./* account */ account_id /* end */, /* keys */ t.contact_id /* end */))
           FILTER (WHERE /* left */ t.first_name::pg_catalog.text OPERATOR(pg_catalog.<>) ALL (ARRAY['', '[redacted]']) /* end */) AS row_count
FROM (SELECT DISTINCT target, account_id, value FROM pg_temp.lethe_noted WHERE what OPERATOR(pg_catalog.=) 'client') AS v
JOIN /* client table */ contact_centre.contact /* end */ c
  ON c./* client id */ client_id /* end */::pg_catalog.text OPERATOR(pg_catalog.=) v.value AND c./* client account */ account_id /* end */::pg_catalog.text OPERATOR(pg_catalog.=) v.account_id
JOIN /* table */ contact_centre.contact /* end */ t
  ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) c./* client account */ account_id /* end */ AND /* join */ t.contact_id OPERATOR(pg_catalog.=) c.contact_id /* end */
LEFT JOIN (SELECT DISTINCT f.account_id, /* root names */ f.r1 /* end */ FROM (/* found */ SELECT f.account_id, f.contact_id AS r1 FROM contact_centre.contact_device f WHERE false /* end */) AS f) AS d
  ON d.account_id OPERATOR(pg_catalog.=) t./* account */ account_id /* end */ AND /* found join */ t.contact_id OPERATOR(pg_catalog.=) d.r1 /* end */
WHERE d.account_id IS NULL
GROUP BY v.target
