-- Fills lethe_target.
COPY lethe_target (target, device, scope, kind, settled) FROM STDIN WITH (FORMAT binary)
