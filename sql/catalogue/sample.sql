-- Counts how many values of a column look like which kind of device, in a sample of at most 1,000 rows. No value leaves the
-- server. Always one row.
SELECT count(*) AS sampled,
       count(*) FILTER (WHERE value ~ '^\+[1-9][0-9]{6,14}$') AS e164,
       count(*) FILTER (WHERE value ~ '^[1-9][0-9]{9,14}$') AS digits,
       count(*) FILTER (WHERE value ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$') AS emails,
       count(*) FILTER (WHERE value ~ '^([0-9]{1,3}\.){3}[0-9]{1,3}(/[0-9]+)?$' OR value ~ '^[0-9A-Fa-f]*:[0-9A-Fa-f:.]+(/[0-9]+)?$') AS addresses,
       count(*) FILTER (WHERE value ~ '[[:alpha:]]\s+[[:alpha:]]') AS words
FROM (
    SELECT t./* column */ first_name /* end */::text AS value
    FROM /* table */ contact_centre.contact /* end */ t
    WHERE t./* column */ first_name /* end */ IS NOT NULL AND t./* column */ first_name /* end */::text <> ''
    LIMIT 1000
) AS sampled
