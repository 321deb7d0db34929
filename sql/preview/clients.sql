-- Notes the client IDs, with their accounts, of the records that contain each target's device. Zero rows: they have none.
INSERT INTO pg_temp.lethe_noted (target, what, account_id, value)
SELECT DISTINCT c.target, 'client', t./* account */ account_id /* end */::pg_catalog.text, t./* client id */ client_id /* end */::pg_catalog.text
FROM (SELECT DISTINCT target, account_id, /* root names */ r1 /* end */ FROM (/* found */ SELECT f.target, f.account_id, f.r1 FROM pg_temp.lethe_found_0 f /* end */) AS f) AS c
JOIN /* table */ contact_centre.contact /* end */ t
  ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) c.account_id AND /* join */ t.contact_id OPERATOR(pg_catalog.=) c.r1 /* end */
WHERE t./* client id */ client_id /* end */ IS NOT NULL
