-- Supports an EXPORT, which selects the targets of one request at a time.
CREATE INDEX lethe_wanted_request ON pg_temp.lethe_wanted (request);
ANALYZE pg_temp.lethe_wanted
