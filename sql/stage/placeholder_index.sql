-- Chunks take the placeholders that were drawn for them, and those after them.
CREATE INDEX lethe_placeholder_ordinal ON lethe_placeholder (ordinal)
