-- Staging for a verification: the rows by which client IDs are found again, as the ledger has them.
CREATE TEMP TABLE lethe_kept (target int, table_name text, row_key text) ON COMMIT DELETE ROWS
