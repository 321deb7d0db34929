-- Refreshes a materialised view into a new file. Lock: AccessExclusive, which blocks readers.
REFRESH MATERIALIZED VIEW /* view */ contact_centre.seen /* end */
