-- Counts the distinct client IDs that were found again, by target. Zero rows: none was found.
SELECT target, pg_catalog.count(DISTINCT (account_id, client_id)) AS client_ids FROM pg_temp.lethe_traced GROUP BY target
