-- Shows in pg_stat_activity what this session works on: the submission and its transaction, never a value. One row.
-- $1 text: the name.
SELECT pg_catalog.set_config('application_name', $1, false) AS application_name
