-- Lists the certificates of a submission, the first one first.
-- $1 bigint: the submission. Zero rows: none was made.
SELECT ordinal, content, page, operator_copy, published_at IS NOT NULL AS published
FROM lethe.certificate WHERE submission_id OPERATOR(pg_catalog.=) $1 ORDER BY ordinal
