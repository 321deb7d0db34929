-- Rewrites a table with its TOAST and indexes into new files, and replaces its statistics. Lock: AccessExclusive, which blocks readers
-- and writers.
VACUUM (FULL, VERBOSE, ANALYZE) /* table */ contact_centre.recording /* end */
