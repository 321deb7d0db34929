-- The key of plan digests. Zero rows: it was taken out by hand; `lethe purge` draws another.
SELECT key FROM lethe.plan_key
