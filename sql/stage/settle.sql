-- Takes answered targets out of later looks.
-- $1 int[]: the targets.
UPDATE lethe_target SET settled = true WHERE target = ANY ($1::int[]) AND NOT settled
