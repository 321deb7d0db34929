-- A run goes on with a submission that was begun before; what it answers from now on counts for its rate.
-- $1 bigint: the submission; $2 timestamptz: now.
UPDATE lethe.submission s
SET resumed_at = $2,
    resumed_answered = (SELECT count(*) FROM lethe.contact c WHERE c.submission_id = s.submission_id)
WHERE s.submission_id = $1 AND s.state = 'running'
