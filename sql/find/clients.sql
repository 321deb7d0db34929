-- Notes the client IDs of the records that contain each target's device. Zero rows: no record has a client ID.
INSERT INTO pg_temp.lethe_client (target, client_id)
SELECT DISTINCT f.target, c./* client id */ client_id /* end */::pg_catalog.text
FROM /* found */ pg_temp.lethe_found_0 /* end */ f
JOIN /* table */ contact_centre.contact /* end */ c
  ON c./* account */ account_id /* end */ OPERATOR(pg_catalog.=) f.account_id AND /* join */ c.contact_id OPERATOR(pg_catalog.=) f.r1 /* end */
WHERE c./* client id */ client_id /* end */ IS NOT NULL
