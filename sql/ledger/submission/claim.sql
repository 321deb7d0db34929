-- Claims a name that was never used, and locks the submission in the same transaction: another session that sees the row without a
-- lock would take it for one that a dead process left behind.
-- $1 text: drop; $2 text: file; $3 text: action; $4 bytea: key; $5 timestamptz: now; $6 bigint: the token of this session.
-- Zero rows: another session claimed it first.
WITH claimed AS (
    -- The insert decides between two sessions.
    INSERT INTO lethe.submission (drop_name, file_name, action, state, digest_key, received_at)
    VALUES ($1, $2, $3, 'received', $4, $5)
    ON CONFLICT (drop_name, file_name) DO NOTHING
    RETURNING submission_id
), locked AS (
    -- In the same transaction, so that nobody sees the claim without its lock.
    INSERT INTO lethe.lock (kind, id, pid, token, role_id)
    SELECT 'submission', c.submission_id, s.pid, $6, s.usesysid
    FROM claimed c, pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) s
)
SELECT submission_id FROM claimed
