-- Counts the rows of one table that hold each target's device, by column (slot). Zero rows: nothing was found in the table.
SELECT target, slot, pg_catalog.count(*) AS row_count
FROM (SELECT DISTINCT target, slot, account_id, /* key names */ k1, k2 /* end */ FROM /* found */ pg_temp.lethe_found_0 /* end */) AS distinct_row
GROUP BY target, slot
