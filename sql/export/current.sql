-- Names the request whose rows are written next, until the transaction ends.
-- $1 int: its ordinal.
SELECT set_config('lethe.request', $1::int::text, true) AS request
