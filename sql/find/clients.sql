-- Notes the client IDs of the records that contain each target's device. Zero rows: no record has a client ID.
INSERT INTO lethe_client (target, client_id)
SELECT DISTINCT f.target, c./* client id */ client_id /* end */::text
FROM /* found */ lethe_found_0 /* end */ f
JOIN /* table */ contact_centre.contact /* end */ c
  ON c./* account */ account_id /* end */ = f.account_id AND /* join */ c.contact_id = f.r1 /* end */
WHERE c./* client id */ client_id /* end */ IS NOT NULL
