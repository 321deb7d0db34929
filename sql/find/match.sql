-- Finds the rows of one table that hold a staged device in one of its columns, within scope.
-- $1, $2 int: the range of devices, from $1 up to but not including $2. Zero rows: no row holds one of them.
INSERT INTO /* found */ pg_temp.lethe_found_0 /* end */ (target, device, slot, kind, account_id, /* key names */ k1, k2, r1 /* end */, form, stored)
SELECT g.target, g.device, /* slot */ 1 /* end */, g.kind, t./* account */ account_id /* end */, /* keys */ t.contact_id, t.position, t.contact_id /* end */, /* form */ pg_catalog.lower(t.device) /* end */, t./* column */ device /* end */::pg_catalog.text
FROM pg_temp.lethe_lookup l
JOIN /* table */ contact_centre.contact_device /* end */ t ON /* value */ pg_catalog.lower(t.device) /* end */ OPERATOR(pg_catalog.=) l.value
-- The account first: a row of an account out of scope is read once, however many requests name its device, so that the time an
-- answer takes does not depend on it.
JOIN pg_temp.lethe_scope_account a ON a.account_id OPERATOR(pg_catalog.=) t./* account */ account_id /* end */::pg_catalog.text
JOIN pg_temp.lethe_target g ON g.device OPERATOR(pg_catalog.=) l.device AND g.scope OPERATOR(pg_catalog.=) a.scope
/* reach */ /* end */
WHERE l.device OPERATOR(pg_catalog.>=) $1 AND l.device OPERATOR(pg_catalog.<) $2 AND NOT g.settled
  AND l.form OPERATOR(pg_catalog.=) ANY (/* forms */ '{1,4,5,6}' /* end */::smallint[])
  AND (l.national IS NULL OR l.national OPERATOR(pg_catalog.=) a.national)
  AND (/* same */ true /* end */)
  AND (/* reached */ true /* end */)
