-- Notes another content under a used name.
-- $1 bigint: the submission; $2 int: ordinal; $3 bytea: key; $4 bytea: digest.
INSERT INTO lethe.duplicate (submission_id, ordinal, digest_key, digest) VALUES ($1, $2, $3, $4)
