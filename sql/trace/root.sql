-- Returns the rows of a client ID in the table that holds it, with the current values of their fields.
-- $1 text[]: the accounts to search; NULL for all. Zero rows: the client ID does not exist.
SELECT pg_catalog.row_to_json(t.*)::pg_catalog.text AS fields
FROM /* table */ contact_centre.contact /* end */ t
JOIN pg_temp.lethe_trace l ON l.client_id OPERATOR(pg_catalog.=) t./* client id */ client_id /* end */::pg_catalog.text
WHERE $1::pg_catalog.text[] IS NULL OR t./* account */ account_id /* end */::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])
ORDER BY /* order */ t.contact_id /* end */
