-- What the ledger knows of one submission.
-- $1 bigint: the submission.
SELECT contacts, success, not_found, errors, error FROM lethe.submission WHERE submission_id = $1
