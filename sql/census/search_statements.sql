-- The number of statement texts, collected by the server or shown for its sessions, that contain a staged device as a word. Texts
-- that this role may not see are not counted. One row.
SELECT count(DISTINCT s.query) AS found
FROM /* statements */ pg_catalog.pg_stat_activity /* end */ s,
     LATERAL regexp_split_to_table(lower(s.query), '[[:space:]",{}()\[\]<>;''\\=]+') AS w (word)
JOIN lethe_lookup l ON l.value = w.word
