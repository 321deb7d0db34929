-- Removes dead row versions of a table and its TOAST, their entries in every index, and makes its statistics anew. Beside
-- readers and writers: ShareUpdateExclusive.
VACUUM (VERBOSE, ANALYZE, INDEX_CLEANUP ON, TRUNCATE OFF, PROCESS_TOAST ON) /* table */ contact_centre.recording /* end */
