-- Whether the ledger is installed, with the last table that this version needs.
-- Always one row.
SELECT pg_catalog.to_regclass('lethe.lock') IS NOT NULL AS installed
