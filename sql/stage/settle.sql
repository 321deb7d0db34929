-- Marks targets that are not looked for again.
-- $1 int[]: the targets. Zero rows: all of them are marked already.
UPDATE lethe_target SET settled = true WHERE target = ANY ($1::int[]) AND NOT settled
