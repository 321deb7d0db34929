-- Deletes a case that has no submission left. Its submissions keep their counts, under a name that is no case's.
-- $1 text: case; $2 text: the drop that is its folder. Zero rows changed: it was never opened.
-- Approvals name the case without a foreign key, so they are deleted here.
WITH approvals AS (DELETE FROM lethe.case_approval WHERE case_id OPERATOR(pg_catalog.=) $1),
     -- The name of a drop holds the case: the submissions keep a name without it.
     submissions AS (UPDATE lethe.submission SET drop_name = 'case/purged/' OPERATOR(pg_catalog.||) submission_id::pg_catalog.text WHERE drop_name OPERATOR(pg_catalog.=) $2)
DELETE FROM lethe.care_case WHERE case_id OPERATOR(pg_catalog.=) $1
