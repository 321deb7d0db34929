-- Fills lethe_trace.
COPY pg_temp.lethe_trace (client_id) FROM STDIN WITH (FORMAT binary)
