-- One row: whether the ledger is installed, as this version needs it.
SELECT EXISTS (SELECT 1 FROM pg_attribute a
               WHERE a.attrelid = to_regclass('lethe.submission') AND a.attname = 'resumed_at') AS installed
