-- Notes the names in one table's rows of the records that contain each target's device, without redacted ones. Zero rows: they
-- have none.
INSERT INTO lethe_noted (target, what, account_id, value)
SELECT DISTINCT c.target, 'name', t./* account */ account_id /* end */::text, n.value
FROM (SELECT DISTINCT target, account_id, /* root names */ r1 /* end */ FROM (/* found */ SELECT f.target, f.account_id, f.r1 FROM lethe_found_0 f /* end */) AS f) AS c
JOIN /* table */ contact_centre.contact /* end */ t
  ON t./* account */ account_id /* end */ = c.account_id AND /* join */ t.contact_id = c.r1 /* end */
CROSS JOIN LATERAL (
    SELECT lower(concat_ws(' ', /* names */ nullif(nullif(btrim(t.first_name::text), ''), '[redacted]') /* end */)) AS value
) AS n
WHERE n.value <> ''
