-- Lists the rows that lead to the client IDs of a submission.
-- $1 bigint: the submission. Zero rows: no client IDs were found, the rows were not kept, or they were deleted.
SELECT DISTINCT request, contact, table_name, row_key::pg_catalog.text AS row_key FROM lethe.found_client WHERE submission_id OPERATOR(pg_catalog.=) $1
