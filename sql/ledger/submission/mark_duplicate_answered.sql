-- Records that other content under a used file name was answered. Returns no rows.
-- $1 bigint: the submission; $2 int: ordinal; $3 timestamptz: now.
UPDATE lethe.duplicate SET answered_at = $3 WHERE submission_id OPERATOR(pg_catalog.=) $1 AND ordinal OPERATOR(pg_catalog.=) $2
