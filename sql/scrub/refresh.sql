-- Refreshes a materialised view into a new file. Nobody else reads it meanwhile: AccessExclusive.
REFRESH MATERIALIZED VIEW /* view */ contact_centre.seen /* end */
