-- Whether a database exists.
-- $1 text: its name. Zero rows: it does not.
SELECT 1 AS found FROM pg_database WHERE datname = $1::text
