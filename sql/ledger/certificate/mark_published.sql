-- Notes that a certificate is published.
-- $1 bigint: the submission; $2 int: which of its certificates; $3 timestamptz: now.
UPDATE lethe.certificate SET published_at = $3 WHERE submission_id = $1 AND ordinal = $2
