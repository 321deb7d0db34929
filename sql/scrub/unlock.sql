-- Releases the lock that allows one scrub at a time. One row.
SELECT pg_advisory_unlock(1279611978, 0)
