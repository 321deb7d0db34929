-- One row: whether the ledger is installed, as this version needs it.
SELECT to_regclass('lethe.scrub_unit') IS NOT NULL AS installed
