-- Finds the rows of one table whose value in one column was recognised and is still the same, within scope.
-- $1, $2 int: the range of devices, from $1 up to but not including $2. Zero rows: no row holds one of them.
INSERT INTO /* found */ pg_temp.lethe_found_0 /* end */ (target, device, slot, kind, account_id, /* key names */ k1, k2, r1 /* end */, form, stored, value)
SELECT g.target, g.device, /* slot */ 1 /* end */, g.kind, t./* account */ account_id /* end */, /* keys */ t.contact_id, t.position, t.contact_id /* end */, s.form, s.stored, s.value
FROM pg_temp.lethe_sighted s
CROSS JOIN LATERAL pg_catalog.jsonb_to_record(s.row_key::pg_catalog.jsonb) AS k (/* key types */ account_id pg_catalog.text, contact_id bigint, position smallint /* end */)
JOIN /* table */ contact_centre.contact_device /* end */ t ON /* join */ t.account_id OPERATOR(pg_catalog.=) k.account_id AND t.contact_id OPERATOR(pg_catalog.=) k.contact_id AND t.position OPERATOR(pg_catalog.=) k.position /* end */
JOIN pg_temp.lethe_scope_account a ON a.account_id OPERATOR(pg_catalog.=) t./* account */ account_id /* end */::pg_catalog.text
JOIN pg_temp.lethe_target g ON g.device OPERATOR(pg_catalog.=) s.device AND g.scope OPERATOR(pg_catalog.=) a.scope
/* reach */ /* end */
WHERE s.device OPERATOR(pg_catalog.>=) $1 AND s.device OPERATOR(pg_catalog.<) $2 AND NOT g.settled
  AND s.table_number OPERATOR(pg_catalog.=) /* number */ 0 /* end */ AND s.slot OPERATOR(pg_catalog.=) /* slot */ 1 /* end */ AND s.certain
  AND t./* column */ device /* end */::pg_catalog.text OPERATOR(pg_catalog.=) s.stored
  AND (/* reached */ true /* end */)
