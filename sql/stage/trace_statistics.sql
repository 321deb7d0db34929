-- Keeps the client ID out of pg_statistic when the table is analysed.
ALTER TABLE pg_temp.lethe_trace ALTER COLUMN client_id SET STATISTICS 0
