-- A run continues a submission that was begun before; its rate is counted from now.
-- $1 bigint: the submission; $2 timestamptz: now. Zero rows changed: it is not running.
UPDATE lethe.submission s
SET resumed_at = $2,
    resumed_answered = (SELECT count(*) FROM lethe.contact c WHERE c.submission_id = s.submission_id)
WHERE s.submission_id = $1 AND s.state = 'running'
