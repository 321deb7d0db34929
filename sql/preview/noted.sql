-- Counts what was noted of each target, each value once.
SELECT target, what, count(DISTINCT value) AS value_count
FROM lethe_noted
GROUP BY target, what
