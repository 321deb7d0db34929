-- Supports an EXPORT, which selects the targets of one request at a time.
CREATE INDEX lethe_wanted_request ON lethe_wanted (request);
ANALYZE lethe_wanted
