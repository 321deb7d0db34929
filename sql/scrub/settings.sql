-- Limits lock waits and run times of a scrub's session, and makes VACUUM rest as autovacuum does. Times in milliseconds. One row.
-- $1 text: lock_timeout; $2 text: statement_timeout; $3 text: vacuum_cost_delay.
SELECT pg_catalog.set_config('lock_timeout', $1, false), pg_catalog.set_config('statement_timeout', $2, false), pg_catalog.set_config('vacuum_cost_delay', $3, false)
