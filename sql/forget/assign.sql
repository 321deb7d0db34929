-- Gives each new pair of account and stored form of a device the next ordinals; those of an earlier look keep theirs.
-- $1 int: the last ordinal given; $2 int: below which no ordinal belongs to these devices. The row count is the number of
-- new ones.
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
