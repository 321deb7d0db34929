-- Supports chunks, which select the placeholders drawn for them.
CREATE INDEX lethe_random_ordinal ON pg_temp.lethe_random (ordinal)
