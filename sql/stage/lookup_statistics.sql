-- No value may reach pg_statistic when the staging is analysed.
ALTER TABLE lethe_lookup ALTER COLUMN value SET STATISTICS 0
