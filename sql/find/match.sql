-- Finds the rows of one table that hold a staged device in one of its columns, within scope.
-- $1, $2 int: the range of devices, from $1 up to but not including $2. Zero rows: no row holds one of them.
INSERT INTO /* found */ lethe_found_0 /* end */ (target, device, slot, kind, account_id, /* key names */ k1, k2, r1 /* end */, form, stored)
SELECT g.target, g.device, /* slot */ 1 /* end */, g.kind, t./* account */ account_id /* end */, /* keys */ t.contact_id, t.position, t.contact_id /* end */, /* form */ lower(t.device) /* end */, t./* column */ device /* end */::text
FROM lethe_lookup l
JOIN lethe_target g ON g.device = l.device
JOIN /* table */ contact_centre.contact_device /* end */ t ON /* value */ lower(t.device) /* end */ = l.value
JOIN lethe_scope_account a ON a.scope = g.scope AND a.account_id = t./* account */ account_id /* end */::text
/* reach */ /* end */
WHERE l.device >= $1 AND l.device < $2 AND NOT g.settled
  AND l.form = ANY (/* forms */ '{1,4,5,6}' /* end */::smallint[])
  AND (l.national IS NULL OR l.national = a.national)
  AND (/* reached */ true /* end */)
