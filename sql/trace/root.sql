-- Returns the rows of a client ID in the table that holds it, with the current values of their fields.
-- $1 text[]: the accounts to search; NULL for all. Zero rows: the client ID does not exist.
SELECT row_to_json(t.*)::text AS fields
FROM /* table */ contact_centre.contact /* end */ t
JOIN lethe_trace l ON l.client_id = t./* client id */ client_id /* end */::text
WHERE $1::text[] IS NULL OR t./* account */ account_id /* end */::text = ANY ($1::text[])
ORDER BY /* order */ t.contact_id /* end */
