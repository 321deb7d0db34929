-- One row: whether the ledger is installed.
SELECT to_regclass('lethe.submission') IS NOT NULL AND to_regclass('lethe.media') IS NOT NULL AS installed
