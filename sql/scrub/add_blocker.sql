-- Notes what stood in the way.
-- $1 bigint: the scrub; $2 text: the relation, or NULL; $3 text: kind; $4 text: keeps; $5 int: process; $6 text: name;
-- $7 timestamptz: since when.
INSERT INTO lethe.scrub_holder (scrub_id, relation, kind, keeps, pid, name, since) VALUES ($1, $2, $3, $4, $5, $6, $7)
