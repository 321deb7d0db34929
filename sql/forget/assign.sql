-- Assigns ordinals of placeholders to new combinations of device, account and stored form; those that an earlier pass assigned are
-- kept. The row count is the number of new ones.
-- $1 int: the last ordinal assigned; $2 int: ordinals up to this one belong to other devices. Zero rows: none is new.
INSERT INTO lethe_placeholder (device, account_id, form, kind, ordinal)
SELECT n.device, n.account_id, n.form, n.kind, $1 + (row_number() OVER ())::int
FROM (
    SELECT DISTINCT f.device, f.account_id::text AS account_id, f.form, f.kind
    FROM /* found */ lethe_found_0 /* end */ f
) AS n
LEFT JOIN lethe_placeholder p
  ON p.device = n.device AND p.account_id = n.account_id AND p.form = n.form AND p.kind = n.kind
 AND p.ordinal > $2 AND p.ordinal <= $1
WHERE p.device IS NULL
