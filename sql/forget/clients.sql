-- Returns one row, by its key, for each client ID with which a target's device was found. A later verification finds the client ID
-- again by that row. Zero rows: no record has a client ID.
SELECT DISTINCT ON (f.target, t./* account */ account_id /* end */, t./* client id */ client_id /* end */)
       f.target, t./* account */ account_id /* end */::pg_catalog.text AS account_id, t./* client id */ client_id /* end */::pg_catalog.text AS client_id,
       pg_catalog.jsonb_build_object(/* key pairs */ 'account_id', t.account_id, 'contact_id', t.contact_id /* end */)::pg_catalog.text AS row_key
FROM /* found */ pg_temp.lethe_found_0 /* end */ f
JOIN /* table */ contact_centre.contact /* end */ t
  ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) f.account_id AND /* join */ t.contact_id OPERATOR(pg_catalog.=) f.r1 /* end */
WHERE t./* client id */ client_id /* end */ IS NOT NULL AND f.target OPERATOR(pg_catalog.>=) 0
ORDER BY f.target, t./* account */ account_id /* end */, t./* client id */ client_id /* end */
