-- Chunks take what was drawn for them.
CREATE INDEX lethe_random_ordinal ON lethe_random (ordinal)
