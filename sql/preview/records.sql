-- Counts the records of one kind that contain each target's device, in any of their tables. Zero rows: none does.
SELECT target, pg_catalog.count(*) AS record_count
FROM (SELECT DISTINCT target, account_id, /* root names */ r1 /* end */ FROM (/* found */ SELECT f.target, f.account_id, f.r1 FROM pg_temp.lethe_found_0 f /* end */) AS f) AS record
GROUP BY target
