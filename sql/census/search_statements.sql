-- How many statements, as the server keeps them for its statistics or shows them of its sessions, hold a staged device as a
-- word. One row. What this role may not see is not among them.
SELECT count(DISTINCT s.query) AS found
FROM /* statements */ pg_catalog.pg_stat_activity /* end */ s,
     LATERAL regexp_split_to_table(lower(s.query), '[[:space:]",{}()\[\]<>;''\\=]+') AS w (word)
JOIN lethe_lookup l ON l.value = w.word
