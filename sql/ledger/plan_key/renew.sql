-- Replaces the key of plan digests if it is missing, or was made long ago.
-- $1 timestamptz: made until; $2 timestamptz: now; $3 bytea: the new key. Zero rows changed: the current key stays.
-- Deleting the old key first lets the insert see whether a new one is due.
WITH old AS (DELETE FROM lethe.plan_key WHERE made_at OPERATOR(pg_catalog.<=) $1 RETURNING 1)
INSERT INTO lethe.plan_key (key, made_at)
SELECT $3, $2
WHERE EXISTS (SELECT FROM old) OR NOT EXISTS (SELECT FROM lethe.plan_key)
