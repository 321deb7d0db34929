-- Loads the accounts that a drop may reach: those it lists and all their descendants, at any depth. UNION ends cycles.
-- $1 text[]: the listed accounts. Zero rows: none of them exists.
-- The listed accounts first, then level by level their children.
WITH RECURSIVE reach (account_id, parent_id, dialling_code, trunk_prefix) AS (
    SELECT a./* account */ account_id /* end */::pg_catalog.text,
           /* parent */ a.parent_id::pg_catalog.text /* end */,
           /* dialling code */ a.dialling_code::pg_catalog.text /* end */,
           /* trunk prefix */ a.trunk_prefix::pg_catalog.text /* end */
    FROM /* table */ contact_centre.account /* end */ a
    WHERE a./* account */ account_id /* end */::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])
    UNION
    SELECT a./* account */ account_id /* end */::pg_catalog.text,
           /* parent */ a.parent_id::pg_catalog.text /* end */,
           /* dialling code */ a.dialling_code::pg_catalog.text /* end */,
           /* trunk prefix */ a.trunk_prefix::pg_catalog.text /* end */
    FROM /* table */ contact_centre.account /* end */ a
    JOIN reach ON /* parent */ a.parent_id::pg_catalog.text /* end */ OPERATOR(pg_catalog.=) reach.account_id
)
SELECT account_id, parent_id, dialling_code, trunk_prefix FROM reach ORDER BY account_id
