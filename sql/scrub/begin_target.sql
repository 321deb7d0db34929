-- Records that work on a target begins. Returns no rows.
-- $1 bigint: the scrub; $2 text: kind; $3 text: relation; $4 text[]: its tables; $5 text: the level.
INSERT INTO lethe.scrub_unit (scrub_id, kind, relation, tables, level) VALUES ($1, $2, $3, $4, $5::pg_catalog.text::numeric)
