-- Records that work on a target has ended. Returns no rows.
-- $1 bigint: the scrub; $2 text: kind; $3 text: relation; $4 text: whether it is complete, as true or false.
UPDATE lethe.scrub_unit SET ended_at = pg_catalog.clock_timestamp(), end_lsn = pg_catalog.pg_current_wal_insert_lsn(), complete = $4::pg_catalog.text::boolean
WHERE scrub_id OPERATOR(pg_catalog.=) $1 AND kind OPERATOR(pg_catalog.=) $2 AND relation OPERATOR(pg_catalog.=) $3
