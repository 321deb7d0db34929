-- Forgets a name whose file could not be taken.
-- $1 bigint: the submission.
DELETE FROM lethe.submission WHERE submission_id = $1 AND state = 'received'
