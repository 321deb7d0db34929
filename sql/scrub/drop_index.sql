-- Drops an invalid index that an interrupted REINDEX CONCURRENTLY left behind. Lock: ShareUpdateExclusive.
DROP INDEX CONCURRENTLY IF EXISTS /* index */ contact_centre.recording_caller_ccnew /* end */
