-- What was noted of a submission of a case beside what every submission has: its keys, and who opened and approved it.
-- $1 text: case; $2 text: drop; $3 text: file.
WITH approvals AS (DELETE FROM lethe.case_approval WHERE drop_name = $2 AND file_name = $3)
DELETE FROM lethe.case_file WHERE case_id = $1 AND file_name = $3
