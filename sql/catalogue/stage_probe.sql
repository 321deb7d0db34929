-- Creates a temporary table with an index, as a run does, to see whether event triggers let it. The transaction is rolled back.
CREATE TEMPORARY TABLE pg_temp.lethe_probe (n int);
ALTER TABLE pg_temp.lethe_probe ALTER n SET STATISTICS 0;
CREATE INDEX ON pg_temp.lethe_probe (n)
