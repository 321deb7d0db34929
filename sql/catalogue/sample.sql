-- Counts how many values of a column look like which kind of device, in a sample of at most 1,000 rows. No value leaves the
-- server. Always one row.
SELECT pg_catalog.count(*) AS sampled,
       pg_catalog.count(*) FILTER (WHERE value OPERATOR(pg_catalog.~) '^\+[1-9][0-9]{6,14}$') AS e164,
       pg_catalog.count(*) FILTER (WHERE value OPERATOR(pg_catalog.~) '^[1-9][0-9]{9,14}$') AS digits,
       pg_catalog.count(*) FILTER (WHERE value OPERATOR(pg_catalog.~) '^[^@\s]+@[^@\s]+\.[^@\s]+$') AS emails,
       pg_catalog.count(*) FILTER (WHERE value OPERATOR(pg_catalog.~) '^([0-9]{1,3}\.){3}[0-9]{1,3}(/[0-9]+)?$' OR value OPERATOR(pg_catalog.~) '^[0-9A-Fa-f]*:[0-9A-Fa-f:.]+(/[0-9]+)?$') AS addresses,
       pg_catalog.count(*) FILTER (WHERE value OPERATOR(pg_catalog.~) '[[:alpha:]]\s+[[:alpha:]]') AS words
FROM (
    SELECT /* value */ t.first_name::pg_catalog.text /* end */ AS value
    FROM /* table */ contact_centre.contact /* end */ t
    WHERE t./* column */ first_name /* end */ IS NOT NULL AND /* value */ t.first_name::pg_catalog.text /* end */ OPERATOR(pg_catalog.<>) ''
    LIMIT 1000
) AS sampled
