-- Removes a case of which no submission is left. What was done in it stays in numbers, under a name that is no case's.
-- $1 text: case; $2 text: the drop that is its folder.
WITH approvals AS (DELETE FROM lethe.case_approval WHERE case_id = $1),
     submissions AS (UPDATE lethe.submission SET drop_name = 'case/purged/' || submission_id::text WHERE drop_name = $2)
DELETE FROM lethe.care_case WHERE case_id = $1
