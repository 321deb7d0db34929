-- No value may reach pg_statistic, whoever analyses the table.
ALTER TABLE /* found */ lethe_found_0 /* end */ ALTER COLUMN form SET STATISTICS 0, ALTER COLUMN stored SET STATISTICS 0
