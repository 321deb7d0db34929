-- Adds the other devices of affected records to the found rows, where the catalogue sets siblings = "redact". Devices that the
-- submission requests (l) are left to their own chunk, and placeholders are skipped. Zero rows: the records hold no other device.
INSERT INTO /* found */ pg_temp.lethe_found_0 /* end */ (target, device, slot, kind, account_id, /* key names */ k1, k2, r1 /* end */, form, stored)
SELECT -1, -1, /* slot */ 1 /* end */, /* kind */ 'phone' /* end */, t./* account */ account_id /* end */, /* keys */ t.contact_id, t.position, t.contact_id /* end */, /* form */ pg_catalog.lower(t.device) /* end */, t./* column */ device /* end */::pg_catalog.text
FROM /* record */ pg_temp.lethe_record_0 /* end */ c
JOIN /* table */ contact_centre.contact_device /* end */ t
  ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) c.account_id AND /* join */ t.contact_id OPERATOR(pg_catalog.=) c.r1 /* end */
/* root */ /* end */
/* requested */ LEFT JOIN pg_temp.lethe_lookup l ON l.value OPERATOR(pg_catalog.=) t.device /* end */
WHERE l.device IS NULL
  AND t./* column */ device /* end */::pg_catalog.text OPERATOR(pg_catalog.<>) ''
  AND /* real */ t.device::pg_catalog.text OPERATOR(pg_catalog.!~) '^anon-(phone|email|ipaddr)-[a-z2-7]{26}$' /* end */
