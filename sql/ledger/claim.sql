-- Takes a name that was never used. Zero rows: somebody else was first.
-- $1 text: drop; $2 text: file; $3 text: action; $4 bytea: key; $5 timestamptz: now.
INSERT INTO lethe.submission (drop_name, file_name, action, state, digest_key, received_at)
VALUES ($1, $2, $3, 'received', $4, $5)
ON CONFLICT (drop_name, file_name) DO NOTHING
RETURNING submission_id
