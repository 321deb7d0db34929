-- Removes the keys and digests of a submission; its name stays used.
-- $1 bigint: the submission; $2 timestamptz: now.
WITH duplicates AS (UPDATE lethe.duplicate SET digest_key = NULL, digest = NULL WHERE submission_id = $1),
     results AS (UPDATE lethe.result SET digest = NULL WHERE submission_id = $1)
UPDATE lethe.submission SET digest_key = NULL, digest = NULL, purged_at = $2 WHERE submission_id = $1
