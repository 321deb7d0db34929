-- Staging: the values to look for. form: 1 e164, 2 digits, 3 national (only where national agrees), 4 email in
-- lower case, 5 email as a server without Unicode rules lower-cases it, 6 address. Free of constraints, so that
-- no error can quote a value; filled by COPY only.
CREATE TEMP TABLE lethe_lookup (device int, form smallint, national int, value text) ON COMMIT PRESERVE ROWS
