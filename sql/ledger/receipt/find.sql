-- The receipt of a submission, as it is or will be published. Zero rows: none was made.
-- $1 bigint: the submission.
SELECT content, operator_copy, contacts_per_log FROM lethe.receipt WHERE submission_id = $1
