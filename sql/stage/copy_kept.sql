-- Fills lethe_kept.
COPY lethe_kept (target, table_name, row_key) FROM STDIN WITH (FORMAT binary)
