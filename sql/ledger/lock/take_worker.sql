-- Records a further session that processes a submission. While it lives, no other process takes the submission over, even if the first
-- session is lost. Returns no rows.
-- $1 bigint: the submission; $2 bigint: the token of this session.
INSERT INTO lethe.lock (kind, id, pid, token, role_id)
SELECT 'worker', $1, s.pid, $2, s.usesysid
FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) s
