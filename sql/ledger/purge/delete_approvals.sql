-- Removes the approvals of a submission.
-- $1 text: drop; $2 text: file.
DELETE FROM lethe.case_approval WHERE drop_name = $1 AND file_name = $2
