-- Notes the client IDs of the kept rows of one table. The row count is the number of kept rows that exist and have a client ID.
-- $1 text: the table, as named in the ledger. Zero rows: none of them exists.
INSERT INTO pg_temp.lethe_traced (target, account_id, client_id)
SELECT k.target, t./* account */ account_id /* end */::pg_catalog.text, t./* client id */ client_id /* end */::pg_catalog.text
FROM pg_temp.lethe_kept k
CROSS JOIN LATERAL pg_catalog.jsonb_to_record(k.row_key::pg_catalog.jsonb) AS r (/* key types */ account_id pg_catalog.text, contact_id bigint /* end */)
JOIN /* table */ contact_centre.contact /* end */ t ON /* join */ t.account_id OPERATOR(pg_catalog.=) r.account_id AND t.contact_id OPERATOR(pg_catalog.=) r.contact_id /* end */
WHERE k.table_name OPERATOR(pg_catalog.=) $1 AND t./* client id */ client_id /* end */ IS NOT NULL
