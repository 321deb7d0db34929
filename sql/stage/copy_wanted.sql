-- Fills lethe_wanted.
COPY lethe_wanted (request, target) FROM STDIN WITH (FORMAT binary)
