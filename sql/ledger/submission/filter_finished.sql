-- Of submissions with a copy in the spool, those that no longer need it: completed, or withdrawn.
-- $1 bigint[]: the submissions. Zero rows: all of them are open.
SELECT c.submission_id
FROM pg_catalog.unnest($1::bigint[]) AS c (submission_id)
LEFT JOIN lethe.submission s ON s.submission_id OPERATOR(pg_catalog.=) c.submission_id
WHERE s.submission_id IS NULL OR s.completed_at IS NOT NULL
