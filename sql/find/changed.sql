-- Returns the values that were recognised in one column and have changed since.
-- $1, $2 int: the range of devices, from $1 up to but not including $2. Zero rows: all are the same, or their rows are gone.
SELECT DISTINCT s.value, s.account_id, s.row_key, t./* column */ device /* end */::pg_catalog.text AS stored, /* country */ NULL::pg_catalog.text /* end */ AS country
FROM pg_temp.lethe_sighted s
CROSS JOIN LATERAL pg_catalog.jsonb_to_record(s.row_key::pg_catalog.jsonb) AS k (/* key types */ account_id pg_catalog.text, contact_id bigint, position smallint /* end */)
JOIN /* table */ contact_centre.contact_device /* end */ t ON /* join */ t.account_id OPERATOR(pg_catalog.=) k.account_id AND t.contact_id OPERATOR(pg_catalog.=) k.contact_id AND t.position OPERATOR(pg_catalog.=) k.position /* end */
WHERE s.device OPERATOR(pg_catalog.>=) $1 AND s.device OPERATOR(pg_catalog.<) $2
  AND s.table_number OPERATOR(pg_catalog.=) /* number */ 0 /* end */ AND s.slot OPERATOR(pg_catalog.=) /* slot */ 1 /* end */
  AND (t./* column */ device /* end */::pg_catalog.text OPERATOR(pg_catalog.=) s.stored) IS NOT TRUE
