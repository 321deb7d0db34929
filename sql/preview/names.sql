-- Notes the names in one table's rows of the records that contain each target's device, without redacted ones. Zero rows: they
-- have none.
INSERT INTO pg_temp.lethe_noted (target, what, account_id, value)
SELECT DISTINCT c.target, 'name', t./* account */ account_id /* end */::pg_catalog.text, n.value
FROM (SELECT DISTINCT target, account_id, /* root names */ r1 /* end */ FROM (/* found */ SELECT f.target, f.account_id, f.r1 FROM pg_temp.lethe_found_0 f /* end */) AS f) AS c
JOIN /* table */ contact_centre.contact /* end */ t
  ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) c.account_id AND /* join */ t.contact_id OPERATOR(pg_catalog.=) c.r1 /* end */
CROSS JOIN LATERAL (
    SELECT pg_catalog.lower(pg_catalog.concat_ws(' ', /* names */ CASE WHEN pg_catalog.btrim(t.first_name::pg_catalog.text) OPERATOR(pg_catalog.<>) ALL (ARRAY['', '[redacted]']) THEN pg_catalog.btrim(t.first_name::pg_catalog.text) END /* end */)) AS value
) AS n
WHERE n.value OPERATOR(pg_catalog.<>) ''
