-- The key of plan digests.
-- Zero rows: it was deleted by hand; `lethe purge` makes a new one.
SELECT key FROM lethe.plan_key
