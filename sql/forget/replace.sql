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
           /* values */ pg_catalog.max(f.stored) FILTER (WHERE f.slot OPERATOR(pg_catalog.=) 1) AS old_1,
           pg_catalog.max('anon-' OPERATOR(pg_catalog.||) p.kind OPERATOR(pg_catalog.||) '-' OPERATOR(pg_catalog.||) z.code) FILTER (WHERE f.slot OPERATOR(pg_catalog.=) 1) AS new_1 /* end */
    FROM /* found */ pg_temp.lethe_found_0 /* end */ f
    JOIN pg_temp.lethe_placeholder p ON p.device OPERATOR(pg_catalog.=) f.device AND p.account_id OPERATOR(pg_catalog.=) f.account_id::pg_catalog.text AND p.form OPERATOR(pg_catalog.=) f.form AND p.kind OPERATOR(pg_catalog.=) f.kind
    JOIN pg_temp.lethe_random z ON z.ordinal OPERATOR(pg_catalog.=) p.ordinal
    /* rewritten */ /* end */
    WHERE p.ordinal OPERATOR(pg_catalog.>) $1 AND p.ordinal OPERATOR(pg_catalog.<=) $2 AND z.ordinal OPERATOR(pg_catalog.>) $1 AND z.ordinal OPERATOR(pg_catalog.<=) $2
    GROUP BY /* key names */ f.k1, f.k2 /* end */, f.account_id
    ORDER BY /* key names */ f.k1, f.k2 /* end */, f.account_id
),
-- A CTE, so that the UPDATE returns its row count: a guard function runs the statement and reads one value.
changed AS (
    UPDATE /* table */ contact_centre.contact_device /* end */ t
    SET /* set */ device = r.new_1 /* end */
    FROM replaced r
    WHERE t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) r.account_id
      AND /* join */ t.contact_id OPERATOR(pg_catalog.=) r.k1 AND t.position OPERATOR(pg_catalog.=) r.k2 /* end */
      AND (/* unchanged */ t.device::pg_catalog.text OPERATOR(pg_catalog.=) r.old_1 /* end */)
    RETURNING /* as written */ t.device::pg_catalog.text OPERATOR(pg_catalog.=) r.new_1 /* end */ AS as_written
)
SELECT CASE WHEN pg_catalog.bool_and(c.as_written) IS NOT TRUE AND pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 THEN -1 ELSE pg_catalog.count(*) END AS row_count FROM changed c
