-- Adds the other devices of affected records to the found rows, where the catalogue sets siblings = "redact". Devices that the
-- submission requests are left to their own chunk, and placeholders are skipped. Zero rows: the records hold no other device.
INSERT INTO /* found */ lethe_found_0 /* end */ (target, device, slot, kind, account_id, /* key names */ k1, k2, r1 /* end */, form, stored)
SELECT -1, -1, /* slot */ 1 /* end */, /* kind */ 'phone' /* end */, t./* account */ account_id /* end */, /* keys */ t.contact_id, t.position, t.contact_id /* end */, /* form */ lower(t.device) /* end */, t./* column */ device /* end */::text
FROM /* record */ lethe_record_0 /* end */ c
JOIN /* table */ contact_centre.contact_device /* end */ t
  ON t./* account */ account_id /* end */ = c.account_id AND /* join */ t.contact_id = c.r1 /* end */
/* root */ /* end */
LEFT JOIN (lethe_lookup l
    JOIN lethe_target g ON g.device = l.device
    JOIN lethe_scope_account a ON a.scope = g.scope AND (l.national IS NULL OR l.national = a.national)
    /* codes */ /* end */)
  ON l.value = /* value */ lower(t.device) /* end */ AND l.form = ANY (/* forms */ '{1,4,5,6}' /* end */::smallint[])
  AND a.account_id = t./* account */ account_id /* end */::text AND (/* reached */ true /* end */)
WHERE l.device IS NULL
  AND t./* column */ device /* end */::text <> ''
  AND /* real */ t.device::text !~ '^anon-(phone|email|ipaddr)-[a-z2-7]{26}$' /* end */
