-- Tells in pg_stat_activity what this session is at: the submission and its transaction, no value.
-- $1 text: the name.
SELECT set_config('application_name', $1, false) AS application_name
