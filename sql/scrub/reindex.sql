-- Makes an index anew. Beside readers and writers: ShareUpdateExclusive.
REINDEX INDEX CONCURRENTLY /* index */ contact_centre.recording_caller /* end */
