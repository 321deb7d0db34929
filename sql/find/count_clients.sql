-- The targets with more client IDs than allowed.
-- $1 bigint: the limit.
SELECT target, count(DISTINCT client_id) AS client_ids
FROM lethe_client
GROUP BY target
HAVING count(DISTINCT client_id) > $1
