-- Deletes the approvals of a submission.
-- $1 text: drop; $2 text: file. Zero rows changed: it has none.
DELETE FROM lethe.case_approval WHERE drop_name OPERATOR(pg_catalog.=) $1 AND file_name OPERATOR(pg_catalog.=) $2
