-- Returns the values of settings. Zero rows: the server has none of them.
-- $1 text[]: their names.
SELECT s.name, pg_catalog.current_setting(s.name, true) AS value
FROM pg_catalog.unnest($1::pg_catalog.text[]) AS s (name)
WHERE pg_catalog.current_setting(s.name, true) IS NOT NULL
