-- Fills lethe_random.
COPY pg_temp.lethe_random (ordinal, code, address) FROM STDIN WITH (FORMAT binary)
