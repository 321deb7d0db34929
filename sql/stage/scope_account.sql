-- Creates the table of the accounts of each scope. national: the number of the account's dialling code and trunk prefix.
CREATE TEMP TABLE pg_temp.lethe_scope_account (scope int, account_id pg_catalog.text, national int) ON COMMIT PRESERVE ROWS
