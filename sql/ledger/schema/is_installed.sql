-- Whether the ledger is installed, with the last table that this version needs.
-- Always one row.
SELECT to_regclass('lethe.changed_relation') IS NOT NULL AS installed
