-- Deletes the record of a submission that could not be put into its case.
-- $1 text: case; $2 text: file; $3 bytea: its digest. Zero rows changed: there is no such record.
DELETE FROM lethe.case_file WHERE case_id OPERATOR(pg_catalog.=) $1 AND file_name OPERATOR(pg_catalog.=) $2 AND digest OPERATOR(pg_catalog.=) $3
