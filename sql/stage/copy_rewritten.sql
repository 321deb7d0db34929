-- Fills lethe_rewritten.
COPY pg_temp.lethe_rewritten (value, written) FROM STDIN WITH (FORMAT binary)
