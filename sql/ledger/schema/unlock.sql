-- Lets the next process migrate.
SELECT pg_advisory_unlock(1279611976)
