-- Records a result file, before or after its publication. Returns no rows.
-- $1 bigint: the submission; $2 text: file; $3 bytea: keyed digest, or NULL; $4 timestamptz: when it was published, or NULL.
INSERT INTO lethe.result (submission_id, file_name, digest, published_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (submission_id, file_name) DO UPDATE SET digest = excluded.digest, published_at = excluded.published_at
