-- Requests of an export take what was found of their targets, one request after the other.
CREATE INDEX ON /* found */ lethe_found_0 /* end */ (target)
