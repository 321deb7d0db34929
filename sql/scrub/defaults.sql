-- Restores the settings of a session that scrubbed.
SET lock_timeout = 0;
SET statement_timeout = 0;
RESET vacuum_cost_delay
