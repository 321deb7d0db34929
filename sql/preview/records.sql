-- Counts the records of one kind in which each target's device stands, in whichever of their tables.
SELECT target, count(*) AS record_count
FROM (SELECT DISTINCT target, account_id, /* root names */ r1 /* end */ FROM (/* found */ SELECT f.target, f.account_id, f.r1 FROM lethe_found_0 f /* end */) AS f) AS record
GROUP BY target
