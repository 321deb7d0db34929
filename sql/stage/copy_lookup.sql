-- Fills lethe_lookup.
COPY pg_temp.lethe_lookup (device, form, national, value) FROM STDIN WITH (FORMAT binary)
