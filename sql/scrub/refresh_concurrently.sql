-- Refreshes a materialised view beside its readers.
REFRESH MATERIALIZED VIEW CONCURRENTLY /* view */ contact_centre.seen /* end */
