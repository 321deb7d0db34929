-- A submission could not be put into its case.
-- $1 text: case; $2 text: file; $3 bytea: its digest.
DELETE FROM lethe.case_file WHERE case_id = $1 AND file_name = $2 AND digest = $3
