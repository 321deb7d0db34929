-- Records that a scrub has ended. Returns no rows.
-- $1 bigint: the scrub; $2 text: whether it is complete, as true or false.
UPDATE lethe.scrub SET ended_at = pg_catalog.clock_timestamp(), complete = $2::pg_catalog.text::boolean WHERE scrub_id OPERATOR(pg_catalog.=) $1
