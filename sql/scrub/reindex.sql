-- Rebuilds an index. Lock: ShareUpdateExclusive, which allows reads and writes.
REINDEX INDEX CONCURRENTLY /* index */ contact_centre.recording_caller /* end */
