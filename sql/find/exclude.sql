-- Removes refused targets from the rows found in one table.
-- $1 int[]: the targets. Zero rows: nothing of them was found in the table.
DELETE FROM /* found */ lethe_found_0 /* end */ WHERE target = ANY ($1::int[])
