-- Takes answered targets out of the staging, so that no later look finds them.
-- $1 int[]: the targets.
DELETE FROM lethe_target WHERE target = ANY ($1::int[])
