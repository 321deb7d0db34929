-- No value may reach pg_statistic, whoever analyses the table.
ALTER TABLE lethe_client ALTER COLUMN client_id SET STATISTICS 0
