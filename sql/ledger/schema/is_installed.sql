-- One row: whether the ledger is installed, as this version needs it.
SELECT to_regclass('lethe.changed_relation') IS NOT NULL AS installed
