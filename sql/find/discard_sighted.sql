-- Removes what was recognised in some values, because they have changed.
-- $1 int[]: the values. Zero rows: none of them is there.
DELETE FROM pg_temp.lethe_sighted WHERE value OPERATOR(pg_catalog.=) ANY ($1::int[])
