-- Creates the table of values to look for. form: 1 E.164, 2 digits, 3 national (only where national matches), 4 email in lower
-- case, 5 email as lower-cased by a server without Unicode rules, 6 address. It has no constraints, so that no error
-- can quote a value, and is filled by COPY only.
CREATE TEMP TABLE pg_temp.lethe_lookup (device int, form smallint, national int, value pg_catalog.text) ON COMMIT PRESERVE ROWS
