-- Whether rows that lead to client IDs were kept for a submission, and whether it is purged.
-- $1 bigint: the submission. Zero rows: there is no such submission.
SELECT trace, purged_at IS NOT NULL AS purged FROM lethe.submission WHERE submission_id OPERATOR(pg_catalog.=) $1
