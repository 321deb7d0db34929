-- How a scrub's session works: no statement waits longer for a lock, or runs longer, than it may; VACUUM rests as autovacuum
-- does. Times in milliseconds.
-- $1 text: lock_timeout; $2 text: statement_timeout; $3 text: vacuum_cost_delay.
SELECT set_config('lock_timeout', $1, false), set_config('statement_timeout', $2, false), set_config('vacuum_cost_delay', $3, false)
