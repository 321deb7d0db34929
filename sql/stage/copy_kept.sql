-- Fills lethe_kept.
COPY pg_temp.lethe_kept (target, table_name, row_key) FROM STDIN WITH (FORMAT binary)
