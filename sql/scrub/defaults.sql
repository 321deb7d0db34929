-- The session is as it was before it scrubbed.
RESET lock_timeout;
SET statement_timeout = 0;
RESET vacuum_cost_delay
