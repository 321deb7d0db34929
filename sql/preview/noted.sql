-- Counts the client IDs and names that were noted of each target, each once.
SELECT target, what, count(DISTINCT value) AS value_count
FROM lethe_noted
WHERE what IN ('client', 'name')
GROUP BY target, what
