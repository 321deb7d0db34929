-- Takes back the counts of an export that is done afresh.
-- $1 bigint: the submission.
DELETE FROM lethe.table_count WHERE submission_id = $1
