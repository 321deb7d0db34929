-- The number of comments that contain a staged device as a word. One row.
SELECT pg_catalog.count(DISTINCT (d.objoid, d.classoid, d.objsubid)) AS found
FROM (SELECT objoid, classoid, objsubid, description FROM pg_catalog.pg_description
      UNION ALL SELECT objoid, classoid, 0, description FROM pg_catalog.pg_shdescription) AS d,
     LATERAL pg_catalog.regexp_split_to_table(pg_catalog.lower(d.description), '[[:space:]",{}()\[\]<>;''\\]+') AS w (word)
JOIN pg_temp.lethe_lookup l ON l.value OPERATOR(pg_catalog.=) w.word
