-- Lists the result files of a submission, in the order of their publication.
-- $1 bigint: the submission. Zero rows: none is recorded.
SELECT file_name, digest, published_at IS NOT NULL AS published
FROM lethe.result WHERE submission_id OPERATOR(pg_catalog.=) $1 ORDER BY published_at, file_name
