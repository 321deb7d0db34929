-- Notes the devices in one column of the records that contain each target's device and that no request of the submission reaches,
-- without placeholders. Zero rows: there are none.
INSERT INTO lethe_noted (target, what, account_id, value)
SELECT DISTINCT c.target, 'other', t./* account */ account_id /* end */::text, /* form */ lower(t.device::text) /* end */
FROM (SELECT DISTINCT target, account_id, /* root names */ r1 /* end */ FROM (/* found */ SELECT f.target, f.account_id, f.r1 FROM lethe_found_0 f /* end */) AS f) AS c
JOIN /* table */ contact_centre.contact_device /* end */ t
  ON t./* account */ account_id /* end */ = c.account_id AND /* join */ t.contact_id = c.r1 /* end */
LEFT JOIN (lethe_lookup l
    JOIN lethe_target g ON g.device = l.device
    JOIN lethe_scope_account a ON a.scope = g.scope AND (l.national IS NULL OR l.national = a.national))
  ON l.value = /* value */ lower(t.device) /* end */ AND l.form = ANY (/* forms */ '{1,4,5,6}' /* end */::smallint[])
  AND a.account_id = t./* account */ account_id /* end */::text
WHERE l.device IS NULL
  AND t./* column */ device /* end */::text <> ''
  AND /* real */ t.device::text !~ '^anon-(phone|email|ipaddr)-[a-z2-7]{26}$' /* end */
