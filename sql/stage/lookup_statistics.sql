-- Keeps values out of pg_statistic when the table is analysed.
ALTER TABLE lethe_lookup ALTER COLUMN value SET STATISTICS 0
