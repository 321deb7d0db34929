-- Refreshes a materialised view while others read it. Lock: Exclusive.
REFRESH MATERIALIZED VIEW CONCURRENTLY /* view */ contact_centre.seen /* end */
