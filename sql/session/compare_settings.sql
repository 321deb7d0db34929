-- Fails where settings of the session are not those that Lethe set: triggers and functions of the database can change them. The
-- error, which makes the COMMIT after it roll back, quotes the names of these settings and nothing else. One row.
-- $1 text[]: names; $2 text[]: the values that Lethe set.
SELECT CASE WHEN changed.names IS NULL THEN 0 ELSE changed.names::int END AS unchanged
FROM (
    SELECT pg_catalog.string_agg(s.name, ' ') AS names
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS s (name, value)
    WHERE pg_catalog.current_setting(s.name, true) OPERATOR(pg_catalog.<>) s.value
) AS changed
