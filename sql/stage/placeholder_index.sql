-- Supports chunks, which select the placeholders assigned to them and those after.
CREATE INDEX lethe_placeholder_ordinal ON pg_temp.lethe_placeholder (ordinal)
