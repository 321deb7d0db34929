-- Supports chunks, which select the placeholders assigned to them and those after.
CREATE INDEX lethe_placeholder_ordinal ON lethe_placeholder (ordinal)
