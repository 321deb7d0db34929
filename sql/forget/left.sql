-- Counts the rows of one table that still hold what the transaction replaced or redacted: a trigger kept or restored it. One row.
SELECT count(*) AS row_count
FROM /* affected */ lethe_record_0 /* end */ c
JOIN /* table */ contact_centre.contact /* end */ t
  ON t./* account */ account_id /* end */ = c.account_id AND /* join */ t.contact_id = c.r1 /* end */
WHERE /* left */ t.first_name NOT IN ('', '[redacted]') /* end */
