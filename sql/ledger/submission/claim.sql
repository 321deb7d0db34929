-- Claims a name that was never used, and locks the submission: the lock is taken before another session sees the row, which could
-- take it for one that a dead process left behind.
-- $1 text: drop; $2 text: file; $3 text: action; $4 bytea: key; $5 timestamptz: now. Zero rows: another session claimed it first.
-- The insert decides between two sessions; only its row is locked.
WITH claimed AS (
    INSERT INTO lethe.submission (drop_name, file_name, action, state, digest_key, received_at)
    VALUES ($1, $2, $3, 'received', $4, $5)
    ON CONFLICT (drop_name, file_name) DO NOTHING
    RETURNING submission_id
)
SELECT submission_id, pg_try_advisory_lock(1279611976, submission_id::int) AS granted FROM claimed
