-- The same for what was noted, client IDs among it.
ANALYZE lethe_noted (target, what, account_id)
