-- Counts the rows of one table that still hold what the transaction replaced or redacted: a trigger kept or restored it. One row.
SELECT pg_catalog.count(*) AS row_count
FROM /* affected */ pg_temp.lethe_record_0 /* end */ c
JOIN /* table */ contact_centre.contact /* end */ t
  ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) c.account_id AND /* join */ t.contact_id OPERATOR(pg_catalog.=) c.r1 /* end */
WHERE /* left */ t.first_name OPERATOR(pg_catalog.<>) ALL (ARRAY['', '[redacted]']) /* end */
