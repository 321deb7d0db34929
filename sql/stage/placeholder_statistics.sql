-- No value may reach pg_statistic, whoever analyses the table.
ALTER TABLE lethe_placeholder ALTER COLUMN form SET STATISTICS 0
