-- Returns the targets whose device is in a record under legal hold. Zero rows: none.
SELECT DISTINCT f.target
FROM /* found */ lethe_found_0 /* end */ f
JOIN /* table */ contact_centre.recording /* end */ h
  ON h./* account */ account_id /* end */ = f.account_id AND /* join */ h.recording_id = f.r1::text /* end */
WHERE h./* hold */ legal_hold /* end */
