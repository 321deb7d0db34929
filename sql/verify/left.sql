-- Counts the rows of one table that belong to traced client IDs and have personal fields: left_rows where their record was forgotten
-- (its row was kept, or it holds a placeholder), kept_rows where it held no requested device.
-- The personal fields are checked last: the planner underestimates how many rows have any, and must not start with them.
-- $1 text: the table with the client ID, as named in the ledger. Zero rows: the client IDs have no rows in this table.
SELECT v.target,
       pg_catalog.count(DISTINCT (t./* account */ account_id /* end */, /* keys */ t.contact_id /* end */)) FILTER (WHERE f.is_left AND f.forgotten) AS left_rows,
       pg_catalog.count(DISTINCT (t./* account */ account_id /* end */, /* keys */ t.contact_id /* end */)) FILTER (WHERE f.is_left AND NOT f.forgotten) AS kept_rows
FROM (SELECT DISTINCT target, account_id, client_id FROM pg_temp.lethe_traced) AS v
JOIN /* client table */ contact_centre.contact /* end */ c
  ON c./* client id */ client_id /* end */::pg_catalog.text OPERATOR(pg_catalog.=) v.client_id AND c./* client account */ account_id /* end */::pg_catalog.text OPERATOR(pg_catalog.=) v.account_id
JOIN /* table */ contact_centre.contact /* end */ t
  ON t./* account */ account_id /* end */ OPERATOR(pg_catalog.=) c./* client account */ account_id /* end */ AND /* join */ t.contact_id OPERATOR(pg_catalog.=) c.contact_id /* end */
LEFT JOIN pg_temp.lethe_kept k
  ON k.target OPERATOR(pg_catalog.=) v.target AND k.table_name OPERATOR(pg_catalog.=) $1
 AND k.row_key::pg_catalog.jsonb OPERATOR(pg_catalog.=) pg_catalog.jsonb_build_object(/* key pairs */ 'account_id', c.account_id, 'contact_id', c.contact_id /* end */)
CROSS JOIN LATERAL (
    SELECT /* left */ t.first_name::pg_catalog.text OPERATOR(pg_catalog.<>) ALL (ARRAY['', '[redacted]']) /* end */ AS is_left,
           k.target IS NOT NULL OR coalesce(/* placeholder */ false /* end */, false) AS forgotten
) AS f
GROUP BY v.target
