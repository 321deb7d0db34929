-- Marks targets that are not looked for again.
-- $1 int[]: the targets. Zero rows: all of them are marked already.
UPDATE pg_temp.lethe_target SET settled = true WHERE target OPERATOR(pg_catalog.=) ANY ($1::int[]) AND NOT settled
