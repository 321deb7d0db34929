-- Lists the submissions of a drop that were begun and not completed, in the order of receipt.
-- $1 text: the drop. Zero rows: all are completed.
SELECT submission_id, file_name, received_at, state FROM lethe.submission WHERE drop_name OPERATOR(pg_catalog.=) $1 AND completed_at IS NULL ORDER BY submission_id
