-- Replaces the found devices of one table and redacts the same rows, each row once.
-- $1, $2 int: the ordinals of placeholders that may be needed: from above $1 up to $2.
-- Joined by key and by the stored value: a row that changed since it was found is checked again by the server
-- (EvalPlanQual) and replaced only where the device still stands. In the order of the keys, so that sessions which meet
-- lock rows alike; the account, which seldom tells rows apart, comes last. One row: how many were changed.
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
), changed AS (
    UPDATE /* table */ contact_centre.contact_device /* end */ t
    SET /* set */ device = r.new_1 /* end */
    FROM replaced r
    WHERE t./* account */ account_id /* end */ = r.account_id
      AND /* join */ t.contact_id = r.k1 AND t.position = r.k2 /* end */
      AND (/* unchanged */ t.device::text = r.old_1 /* end */)
    RETURNING 1
)
SELECT count(*) AS row_count FROM changed
