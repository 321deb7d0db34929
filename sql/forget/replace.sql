-- Replaces the found devices of one table and redacts the same rows, each row once. Always one row: the number of rows changed, or -1 where
-- the table does not hold what was written: a trigger wrote something else.
-- $1, $2 int: the range of placeholder ordinals, above $1 and up to $2.
-- Rows are joined by key and by stored value: the server checks a row that changed since it was found again (EvalPlanQual), and
-- replaces it only if it still holds the device.
-- Lock order: by key, then account, so that concurrent sessions lock rows in the same order. The account comes last because it
-- seldom distinguishes rows.
-- One row for each row to change, with old and new value of each device column: a row may be found several times, for
-- several devices, but must be updated once.
WITH replaced AS (
    SELECT f.account_id, /* key names */ f.k1, f.k2 /* end */,
           /* values */ max(f.stored) FILTER (WHERE f.slot = 1) AS old_1,
           max('anon-' || p.kind || '-' || z.code) FILTER (WHERE f.slot = 1) AS new_1 /* end */
    FROM /* found */ lethe_found_0 /* end */ f
    JOIN lethe_placeholder p ON p.device = f.device AND p.account_id = f.account_id::text AND p.form = f.form AND p.kind = f.kind
    JOIN lethe_random z ON z.ordinal = p.ordinal
    WHERE p.ordinal > $1 AND p.ordinal <= $2 AND z.ordinal > $1 AND z.ordinal <= $2
    GROUP BY /* key names */ f.k1, f.k2 /* end */, f.account_id
    ORDER BY /* key names */ f.k1, f.k2 /* end */, f.account_id
),
-- A CTE, so that the UPDATE returns its row count: a guard function runs the statement and reads one value.
changed AS (
    UPDATE /* table */ contact_centre.contact_device /* end */ t
    SET /* set */ device = r.new_1 /* end */
    FROM replaced r
    WHERE t./* account */ account_id /* end */ = r.account_id
      AND /* join */ t.contact_id = r.k1 AND t.position = r.k2 /* end */
      AND (/* unchanged */ t.device::text = r.old_1 /* end */)
    RETURNING /* as written */ t.device::text = r.new_1 /* end */ AS as_written
)
SELECT CASE WHEN bool_and(c.as_written) IS NOT TRUE AND count(*) > 0 THEN -1 ELSE count(*) END AS row_count FROM changed c
