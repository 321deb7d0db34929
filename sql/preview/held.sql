-- Counts the records of one kind that contain each target's device and that one table puts under legal hold. Zero rows: none.
SELECT c.target, count(DISTINCT (c.account_id, /* root keys */ c.r1 /* end */)) AS record_count
FROM (/* found */ SELECT f.target, f.account_id, f.r1 FROM lethe_found_0 f /* end */) AS c
JOIN /* table */ contact_centre.recording /* end */ t
  ON t./* account */ account_id /* end */ = c.account_id AND /* join */ t.recording_id = c.r1::text /* end */
WHERE t./* hold */ legal_hold /* end */
GROUP BY c.target
