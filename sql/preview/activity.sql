-- Returns the first and the last time stamp in one table's rows of the records that contain each target's device. Zero rows: they
-- have none.
SELECT c.target,
       to_char(min(m.moment), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS first_moment,
       to_char(max(m.moment), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_moment
FROM (SELECT DISTINCT target, account_id, /* root names */ r1 /* end */ FROM (/* found */ SELECT f.target, f.account_id, f.r1 FROM lethe_found_0 f /* end */) AS f) AS c
JOIN /* table */ contact_centre.contact /* end */ t
  ON t./* account */ account_id /* end */ = c.account_id AND /* join */ t.contact_id = c.r1 /* end */
CROSS JOIN LATERAL (VALUES /* moments */ (t.created_at::timestamptz) /* end */) AS m (moment)
WHERE isfinite(m.moment)
GROUP BY c.target
