-- Fills lethe_target.
COPY pg_temp.lethe_target (target, device, scope, kind, settled) FROM STDIN WITH (FORMAT binary)
