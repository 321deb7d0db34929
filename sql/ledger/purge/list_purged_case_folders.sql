-- Lists the folders of cases in which every submission is purged.
-- Zero rows: there is none.
SELECT drop_name
FROM lethe.submission
WHERE drop_name OPERATOR(pg_catalog.~~) 'case/%' AND drop_name OPERATOR(pg_catalog.!~~) 'case/purged/%'
GROUP BY drop_name
HAVING pg_catalog.bool_and(purged_at IS NOT NULL)
ORDER BY drop_name
