-- Sets the request whose rows are exported next, until the end of the transaction. Always one row.
-- $1 int: its ordinal.
SELECT set_config('lethe.request', $1::int::text, true) AS request
