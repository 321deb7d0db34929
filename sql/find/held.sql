-- Returns the targets whose device is in a record under legal hold. Zero rows: none.
SELECT DISTINCT f.target
FROM /* found */ pg_temp.lethe_found_0 /* end */ f
JOIN /* table */ contact_centre.recording /* end */ h
  ON h./* account */ account_id /* end */ OPERATOR(pg_catalog.=) f.account_id AND /* join */ h.recording_id OPERATOR(pg_catalog.=) f.r1::pg_catalog.text /* end */
WHERE h./* hold */ legal_hold /* end */
