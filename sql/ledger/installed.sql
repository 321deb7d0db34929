-- One row: whether the ledger is installed, as this version needs it.
SELECT to_regclass('lethe.media') IS NOT NULL AND to_regclass('lethe.plan_key') IS NOT NULL
       AND EXISTS (SELECT 1 FROM pg_attribute a
                   WHERE a.attrelid = to_regclass('lethe.submission') AND a.attname = 'started_at') AS installed
