-- Counts the rows of one table that hold each target's device, each row once. Zero rows: nothing was found in the table.
SELECT target, pg_catalog.count(*) AS row_count
FROM (SELECT DISTINCT target, account_id, /* key names */ k1, k2 /* end */ FROM /* found */ pg_temp.lethe_found_0 /* end */) AS distinct_row
GROUP BY target
