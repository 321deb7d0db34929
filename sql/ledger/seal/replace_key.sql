-- Replaces a key wherever it is: it is random, so it is in one place.
-- $1 bigint: the submission, or NULL for a file of a case; $2 bytea: the key as it is; $3 bytea: the same key, sealed. Zero rows changed: it is
-- not the key of a submission.
WITH duplicates AS (
    -- Contents under a used name have keys of their own.
    UPDATE lethe.duplicate SET digest_key = $3 WHERE submission_id OPERATOR(pg_catalog.=) $1 AND digest_key OPERATOR(pg_catalog.=) $2
), outbox AS (
    -- Entries of the outbox have the digest behind the key.
    UPDATE lethe.media SET object_digest = $3 WHERE submission_id OPERATOR(pg_catalog.=) $1 AND object_digest OPERATOR(pg_catalog.=) $2
), files AS (
    -- Who opened a file stays as it is.
    UPDATE lethe.case_file SET digest_key = $3 WHERE $1 IS NULL AND digest_key OPERATOR(pg_catalog.=) $2
)
UPDATE lethe.submission SET digest_key = $3 WHERE submission_id OPERATOR(pg_catalog.=) $1 AND digest_key OPERATOR(pg_catalog.=) $2
