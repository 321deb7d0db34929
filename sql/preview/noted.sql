-- Counts the distinct client IDs and names noted for each target. Zero rows: none was noted.
SELECT target, what, pg_catalog.count(DISTINCT value) AS value_count
FROM pg_temp.lethe_noted
WHERE what OPERATOR(pg_catalog.=) ANY ('{client,name}')
GROUP BY target, what
