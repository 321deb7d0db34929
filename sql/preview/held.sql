-- Counts the records of one kind that contain each target's device and that one table puts under legal hold. Zero rows: none.
SELECT c.target, pg_catalog.count(DISTINCT (c.account_id, /* root keys */ c.r1 /* end */)) AS record_count
FROM (/* found */ SELECT f.target, f.account_id, f.r1 FROM pg_temp.lethe_found_0 f /* end */) AS c
JOIN /* table */ contact_centre.recording /* end */ t
  ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) c.account_id AND /* join */ t.recording_id OPERATOR(pg_catalog.=) c.r1::pg_catalog.text /* end */
WHERE t./* hold */ legal_hold /* end */
GROUP BY c.target
