-- Returns the targets that have rows to export in one table. Zero rows: none.
SELECT DISTINCT target FROM /* found */ pg_temp.lethe_found_0 /* end */
