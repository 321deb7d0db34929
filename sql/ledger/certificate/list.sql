-- The certificates of a submission, the first one first. Zero rows: none was made.
-- $1 bigint: the submission.
SELECT ordinal, content, page, operator_copy, published_at IS NOT NULL AS published
FROM lethe.certificate WHERE submission_id = $1 ORDER BY ordinal
