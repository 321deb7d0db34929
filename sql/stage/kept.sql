-- Creates the table of rows by which a verification finds client IDs again; their keys come from the ledger.
CREATE TEMP TABLE lethe_kept (target int, table_name text, row_key text) ON COMMIT DELETE ROWS
