-- Lists other content that was submitted under the file name of a submission, in the order of receipt.
-- $1 bigint: the submission. Zero rows: none.
SELECT ordinal, digest_key, digest, answered_at IS NOT NULL AS answered
FROM lethe.duplicate WHERE submission_id OPERATOR(pg_catalog.=) $1 ORDER BY ordinal
