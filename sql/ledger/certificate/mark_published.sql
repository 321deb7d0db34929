-- Records that a certificate is published. Returns no rows.
-- $1 bigint: the submission; $2 int: ordinal of the certificate; $3 timestamptz: now.
UPDATE lethe.certificate SET published_at = $3 WHERE submission_id OPERATOR(pg_catalog.=) $1 AND ordinal OPERATOR(pg_catalog.=) $2
