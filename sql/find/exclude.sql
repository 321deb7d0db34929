-- Removes refused targets from the rows found in one table.
-- $1 int[]: the targets. Zero rows: nothing of them was found in the table.
DELETE FROM /* found */ pg_temp.lethe_found_0 /* end */ WHERE target OPERATOR(pg_catalog.=) ANY ($1::int[])
