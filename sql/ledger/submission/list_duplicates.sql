-- Other contents that came under a name, in order.
-- $1 bigint: the submission.
SELECT ordinal, digest_key, digest, answered_at IS NOT NULL AS answered
FROM lethe.duplicate WHERE submission_id = $1 ORDER BY ordinal
