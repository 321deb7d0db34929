-- Notes the keyed digest of a submission that was taken into the spool.
-- $1 bigint: the submission; $2 bytea: the digest.
UPDATE lethe.submission SET digest = $2 WHERE submission_id = $1
