-- Fills lethe_random.
COPY lethe_random (ordinal, code, address) FROM STDIN WITH (FORMAT binary)
