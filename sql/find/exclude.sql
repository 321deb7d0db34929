-- Takes refused targets out of what was found in one table.
-- $1 int[]: the targets.
DELETE FROM /* found */ lethe_found_0 /* end */ WHERE target = ANY ($1::int[])
