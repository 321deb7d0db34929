-- Keeps values out of pg_statistic when the table is analysed.
ALTER TABLE pg_temp.lethe_lookup ALTER COLUMN value SET STATISTICS 0
