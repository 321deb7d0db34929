-- Writes a table, its TOAST and indexes into new files, and makes its statistics anew. Nobody else reads or writes it
-- meanwhile: AccessExclusive.
VACUUM (FULL, VERBOSE, ANALYZE) /* table */ contact_centre.recording /* end */
