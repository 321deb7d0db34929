-- Notes the client IDs of the kept rows of one table. The row count is the number of kept rows that exist and have a client ID.
-- $1 text: the table, as named in the ledger. Zero rows: none of them exists.
INSERT INTO lethe_traced (target, account_id, client_id)
SELECT k.target, t./* account */ account_id /* end */::text, t./* client id */ client_id /* end */::text
FROM lethe_kept k
CROSS JOIN LATERAL jsonb_populate_record(NULL::/* table */ contact_centre.contact /* end */, k.row_key::jsonb) AS r
JOIN /* table */ contact_centre.contact /* end */ t ON /* join */ t.account_id = r.account_id AND t.contact_id = r.contact_id /* end */
WHERE k.table_name = $1 AND t./* client id */ client_id /* end */ IS NOT NULL
