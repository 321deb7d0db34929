-- Makes the statistics of a partitioned table anew. Beside readers and writers: ShareUpdateExclusive.
ANALYZE /* table */ contact_centre.contact_attempt /* end */
