-- Sets the request whose rows are exported next, until the end of the transaction. Always one row.
-- $1 int: its ordinal.
SELECT pg_catalog.set_config('lethe.request', $1::int::pg_catalog.text, true) AS request
