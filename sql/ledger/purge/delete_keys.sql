-- Deletes the keys and digests of a submission; its name stays used.
-- $1 bigint: the submission; $2 timestamptz: now. Zero rows changed: there is no such submission.
-- Contents under a used name have keys and digests of their own.
WITH duplicates AS (UPDATE lethe.duplicate SET digest_key = NULL, digest = NULL WHERE submission_id OPERATOR(pg_catalog.=) $1),
     -- Digests of results are keyed like that of their submission.
     results AS (UPDATE lethe.result SET digest = NULL WHERE submission_id OPERATOR(pg_catalog.=) $1)
UPDATE lethe.submission SET digest_key = NULL, digest = NULL, purged_at = $2 WHERE submission_id OPERATOR(pg_catalog.=) $1
