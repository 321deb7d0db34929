-- Records other content under a file name that was used before, not answered yet. Returns no rows.
-- $1 bigint: the submission; $2 int: ordinal; $3 bytea: digest key; $4 bytea: keyed digest.
INSERT INTO lethe.duplicate (submission_id, ordinal, digest_key, digest) VALUES ($1, $2, $3, $4)
