-- Whether a CHECK constraint lets a column take its placeholder or redacted value. One row per value: false where not.
SELECT (/* expression */ channel = 'voice' /* end */)::boolean AS allowed
FROM (/* rows */ SELECT 'voice'::text AS channel /* end */) AS changed
