-- Checks whether a CHECK constraint accepts the placeholder or redacted value of a column. One row per value: false where it does
-- not. Zero rows cannot occur.
SELECT (/* expression */ channel OPERATOR(pg_catalog.=) 'voice' /* end */)::boolean AS allowed
FROM (/* rows */ SELECT 'voice'::pg_catalog.text AS channel /* end */) AS changed
