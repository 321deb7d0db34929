-- Requests of an export take their targets one after the other.
CREATE INDEX lethe_wanted_request ON lethe_wanted (request);
ANALYZE lethe_wanted
