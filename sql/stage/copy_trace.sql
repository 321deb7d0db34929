-- Fills lethe_trace.
COPY lethe_trace (client_id) FROM STDIN WITH (FORMAT binary)
