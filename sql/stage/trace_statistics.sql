-- No client ID may reach pg_statistic, whoever analyses the table.
ALTER TABLE lethe_trace ALTER COLUMN client_id SET STATISTICS 0
