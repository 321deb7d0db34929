-- Replaces the statistics of a partitioned table. Lock: ShareUpdateExclusive, which allows reads and writes.
ANALYZE /* table */ contact_centre.contact_attempt /* end */
