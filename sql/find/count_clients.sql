-- Returns the targets with more client IDs than allowed, and their number.
-- $1 bigint: the limit. Zero rows: no target exceeds it.
SELECT target, pg_catalog.count(DISTINCT client_id) AS client_ids
FROM pg_temp.lethe_client
GROUP BY target
HAVING pg_catalog.count(DISTINCT client_id) OPERATOR(pg_catalog.>) $1
