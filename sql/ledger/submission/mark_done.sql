-- Records that the results of a submission are published. Returns no rows.
-- $1 bigint: the submission; $2 timestamptz: now.
UPDATE lethe.submission SET state = 'done', completed_at = $2 WHERE submission_id OPERATOR(pg_catalog.=) $1
