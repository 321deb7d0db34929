-- A verification found nothing: the rows by which it traced have served.
-- $1 bigint: the submission.
WITH served AS (DELETE FROM lethe.found_client WHERE submission_id = $1)
UPDATE lethe.submission SET trace = 'verified' WHERE submission_id = $1 AND trace = 'kept'
