-- Whether a database exists.
-- $1 text: its name. Zero rows: it does not.
SELECT 1 AS found FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) $1::pg_catalog.text
