-- The number of statement texts, collected by the server or shown for its sessions, that contain a staged device as a word. Texts
-- that this role may not see are not counted. One row.
SELECT pg_catalog.count(DISTINCT s.query) AS found
FROM /* statements */ pg_catalog.pg_stat_activity /* end */ AS s,
     LATERAL pg_catalog.regexp_split_to_table(pg_catalog.lower(s.query), '[[:space:]",{}()\[\]<>;''\\=]+') AS w (word)
JOIN pg_temp.lethe_lookup l ON l.value OPERATOR(pg_catalog.=) w.word
