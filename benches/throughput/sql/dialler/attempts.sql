-- Attempts of the set, at random.
SELECT account_id, attempt_id, attempted_at FROM set_attempt ORDER BY random() LIMIT 20000
