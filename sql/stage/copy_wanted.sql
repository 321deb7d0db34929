-- Fills lethe_wanted.
COPY pg_temp.lethe_wanted (request, target) FROM STDIN WITH (FORMAT binary)
