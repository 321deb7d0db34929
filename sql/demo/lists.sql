-- Adds two lists for each account, numbered in the order of the accounts: 1 and 2, 3 and 4, …
INSERT INTO contact_centre.contact_list (list_id, account_id, name, created_at)
SELECT pg_catalog.row_number() OVER (ORDER BY a.account_id, l.name),
       a.account_id,
       l.name,
       pg_catalog.now() OPERATOR(pg_catalog.-) interval '400 days'
FROM contact_centre.account a
CROSS JOIN (VALUES ('Active customers'), ('Win-back, spring')) AS l (name)
