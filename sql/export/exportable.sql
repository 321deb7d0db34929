-- The targets with something to export in one table.
SELECT DISTINCT target FROM /* found */ lethe_found_0 /* end */
