-- Records a blocker of a scrub. Returns no rows.
-- $1 bigint: the scrub; $2 text: the relation, or NULL for the database; $3 text: kind; $4 text: what it keeps; $5 int: process;
-- $6 text: name; $7 timestamptz: when its transaction began.
INSERT INTO lethe.scrub_holder (scrub_id, relation, kind, keeps, pid, name, since) VALUES ($1, $2, $3, $4, $5, $6, $7)
