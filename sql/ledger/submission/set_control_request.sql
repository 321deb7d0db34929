-- Notes what is wanted of a submission; what was cancelled stays so.
-- $1 bigint: the submission; $2 text: pause, cancel, or NULL to go on; $3 timestamptz: now. Zero rows changed: it was
-- cancelled, or every contact has its answer.
UPDATE lethe.submission SET wish = $2, wished_at = $3
WHERE submission_id = $1 AND state IN ('received', 'running') AND wish IS DISTINCT FROM 'cancel'
