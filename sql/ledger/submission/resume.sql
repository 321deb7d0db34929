-- A run continues a submission that was begun before; its rate is counted from now.
-- $1 bigint: the submission; $2 timestamptz: now. Zero rows changed: it is not running.
UPDATE lethe.submission s
SET resumed_at = $2,
    resumed_answered = (SELECT pg_catalog.count(*) FROM lethe.contact c WHERE c.submission_id OPERATOR(pg_catalog.=) s.submission_id)
WHERE s.submission_id OPERATOR(pg_catalog.=) $1 AND s.state OPERATOR(pg_catalog.=) 'running'
