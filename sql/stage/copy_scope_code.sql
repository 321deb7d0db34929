-- Fills lethe_scope_code.
COPY pg_temp.lethe_scope_code (scope, short_code) FROM STDIN WITH (FORMAT binary)
