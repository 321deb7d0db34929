-- Notes the devices in one column of the records that contain each target's device and that no request of the submission reaches (l),
-- without placeholders. Zero rows: there are none.
INSERT INTO pg_temp.lethe_noted (target, what, account_id, value)
SELECT DISTINCT c.target, 'other', t./* account */ account_id /* end */::pg_catalog.text, /* form */ pg_catalog.lower(t.device::pg_catalog.text) /* end */
FROM (SELECT DISTINCT target, account_id, /* root names */ r1 /* end */ FROM (/* found */ SELECT f.target, f.account_id, f.r1 FROM pg_temp.lethe_found_0 f /* end */) AS f) AS c
JOIN /* table */ contact_centre.contact_device /* end */ t
  ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) c.account_id AND /* join */ t.contact_id OPERATOR(pg_catalog.=) c.r1 /* end */
/* requested */ LEFT JOIN pg_temp.lethe_lookup l ON l.value OPERATOR(pg_catalog.=) t.device /* end */
WHERE l.device IS NULL
  AND t./* column */ device /* end */::pg_catalog.text OPERATOR(pg_catalog.<>) ''
  AND /* real */ t.device::pg_catalog.text OPERATOR(pg_catalog.!~) '^anon-(phone|email|ipaddr)-[a-z2-7]{26}$' /* end */
