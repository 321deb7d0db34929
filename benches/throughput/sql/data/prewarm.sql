-- Reads every table and index of the reference schema into the caches.
SELECT coalesce(sum(pg_prewarm(c.oid)), 0)::bigint AS blocks
FROM pg_class c
WHERE c.relnamespace = 'contact_centre'::regnamespace AND c.relkind IN ('r', 'i')
