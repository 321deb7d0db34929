-- A scrub has ended.
-- $1 bigint: the scrub; $2 text: complete, or not, as true or false.
UPDATE lethe.scrub SET ended_at = clock_timestamp(), complete = $2::text::boolean WHERE scrub_id = $1
