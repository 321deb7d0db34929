-- Lets others scrub.
SELECT pg_advisory_unlock(1279611978, 0)
