-- Returns the rows of another table that belong to the records of a client ID.
-- $1 text[]: the accounts to search; NULL for all. Zero rows: the records have none.
SELECT pg_catalog.row_to_json(t.*)::pg_catalog.text AS fields
FROM /* client table */ contact_centre.contact /* end */ c
JOIN pg_temp.lethe_trace l ON l.client_id OPERATOR(pg_catalog.=) c./* client id */ client_id /* end */::pg_catalog.text
JOIN /* table */ contact_centre.contact_device /* end */ t
  ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) c./* client account */ account_id /* end */ AND /* join */ t.contact_id OPERATOR(pg_catalog.=) c.contact_id /* end */
WHERE $1::pg_catalog.text[] IS NULL OR t./* account */ account_id /* end */::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])
ORDER BY /* order */ t.contact_id, t.position /* end */
