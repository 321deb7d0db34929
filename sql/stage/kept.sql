-- Creates the table of rows by which a verification finds client IDs again; their keys come from the ledger.
CREATE TEMP TABLE pg_temp.lethe_kept (target int, table_name pg_catalog.text, row_key pg_catalog.text) ON COMMIT DELETE ROWS
