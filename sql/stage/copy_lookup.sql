-- Fills lethe_lookup.
COPY lethe_lookup (device, form, national, value) FROM STDIN WITH (FORMAT binary)
