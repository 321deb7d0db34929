-- How many different client IDs were found again, by target.
SELECT target, count(DISTINCT (account_id, client_id)) AS client_ids FROM lethe_traced GROUP BY target
