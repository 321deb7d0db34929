-- Returns the targets with more client IDs than allowed, and their number.
-- $1 bigint: the limit. Zero rows: no target exceeds it.
SELECT target, count(DISTINCT client_id) AS client_ids
FROM lethe_client
GROUP BY target
HAVING count(DISTINCT client_id) > $1
