-- The number of comments that contain a staged device as a word. One row.
SELECT count(DISTINCT (d.objoid, d.classoid, d.objsubid)) AS found
FROM (SELECT objoid, classoid, objsubid, description FROM pg_description
      UNION ALL SELECT objoid, classoid, 0, description FROM pg_shdescription) AS d,
     LATERAL regexp_split_to_table(lower(d.description), '[[:space:]",{}()\[\]<>;''\\]+') AS w (word)
JOIN lethe_lookup l ON l.value = w.word
