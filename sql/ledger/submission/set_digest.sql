-- Records the keyed digest of a submission whose content is in the spool. Returns no rows.
-- $1 bigint: the submission; $2 bytea: the digest.
UPDATE lethe.submission SET digest = $2 WHERE submission_id OPERATOR(pg_catalog.=) $1
