-- Assigns ordinals of placeholders to new combinations of device, account and stored form; those that an earlier pass assigned are
-- kept. The row count is the number of new ones.
-- $1 int: the last ordinal assigned; $2 int: ordinals up to this one belong to other devices. Zero rows: none is new.
INSERT INTO pg_temp.lethe_placeholder (device, account_id, form, kind, ordinal)
SELECT n.device, n.account_id, n.form, n.kind, $1 OPERATOR(pg_catalog.+) (pg_catalog.row_number() OVER ())::int
FROM (
    SELECT DISTINCT f.device, f.account_id::pg_catalog.text AS account_id, f.form, f.kind
    FROM /* found */ pg_temp.lethe_found_0 /* end */ f
) AS n
LEFT JOIN pg_temp.lethe_placeholder p
  ON p.device OPERATOR(pg_catalog.=) n.device AND p.account_id OPERATOR(pg_catalog.=) n.account_id AND p.form OPERATOR(pg_catalog.=) n.form AND p.kind OPERATOR(pg_catalog.=) n.kind
 AND p.ordinal OPERATOR(pg_catalog.>) $2 AND p.ordinal OPERATOR(pg_catalog.<=) $1
WHERE p.device IS NULL
