-- Notes a file that is about to be published, or was.
-- $1 bigint: the submission; $2 text: file; $3 bytea: keyed digest; $4 timestamptz: when published, or NULL.
INSERT INTO lethe.result (submission_id, file_name, digest, published_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (submission_id, file_name) DO UPDATE SET digest = excluded.digest, published_at = excluded.published_at
