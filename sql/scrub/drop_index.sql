-- Drops what an interrupted REINDEX CONCURRENTLY left behind. Beside readers and writers: ShareUpdateExclusive.
DROP INDEX CONCURRENTLY IF EXISTS /* index */ contact_centre.recording_caller_ccnew /* end */
