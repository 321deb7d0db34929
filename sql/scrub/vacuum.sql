-- Removes dead row versions of a table and its TOAST with their entries in every index, and replaces its statistics. Lock:
-- ShareUpdateExclusive, which allows reads and writes.
VACUUM (VERBOSE, ANALYZE, INDEX_CLEANUP ON, TRUNCATE OFF, PROCESS_TOAST ON) /* table */ contact_centre.recording /* end */
