-- Counts the distinct client IDs and names noted for each target. Zero rows: none was noted.
SELECT target, what, count(DISTINCT value) AS value_count
FROM lethe_noted
WHERE what IN ('client', 'name')
GROUP BY target, what
