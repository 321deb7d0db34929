-- Restores the settings of a session that scrubbed.
RESET lock_timeout;
SET statement_timeout = 0;
RESET vacuum_cost_delay
