-- Returns the first and the last time stamp in one table's rows of the records that contain each target's device. Zero rows: they
-- have none.
SELECT c.target,
       pg_catalog.to_char(pg_catalog.min(m.moment), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS first_moment,
       pg_catalog.to_char(pg_catalog.max(m.moment), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_moment
FROM (SELECT DISTINCT target, account_id, /* root names */ r1 /* end */ FROM (/* found */ SELECT f.target, f.account_id, f.r1 FROM pg_temp.lethe_found_0 f /* end */) AS f) AS c
JOIN /* table */ contact_centre.contact /* end */ t
  ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) c.account_id AND /* join */ t.contact_id OPERATOR(pg_catalog.=) c.r1 /* end */
CROSS JOIN LATERAL (VALUES /* moments */ (t.created_at::pg_catalog.timestamptz) /* end */) AS m (moment)
WHERE pg_catalog.isfinite(m.moment)
GROUP BY c.target
