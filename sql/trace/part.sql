-- Returns the rows of another table that belong to the records of a client ID.
-- $1 text[]: the accounts to search; NULL for all. Zero rows: the records have none.
SELECT row_to_json(t.*)::text AS fields
FROM /* client table */ contact_centre.contact /* end */ c
JOIN lethe_trace l ON l.client_id = c./* client id */ client_id /* end */::text
JOIN /* table */ contact_centre.contact_device /* end */ t
  ON t./* account */ account_id /* end */ = c./* client account */ account_id /* end */ AND /* join */ t.contact_id = c.contact_id /* end */
WHERE $1::text[] IS NULL OR t./* account */ account_id /* end */::text = ANY ($1::text[])
ORDER BY /* order */ t.contact_id, t.position /* end */
