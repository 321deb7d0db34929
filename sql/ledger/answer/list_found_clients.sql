-- The rows by which a submission's client IDs are found again.
-- $1 bigint: the submission. Zero rows: none were found, they were not kept, or they are gone.
SELECT DISTINCT request, contact, table_name, row_key::text AS row_key FROM lethe.found_client WHERE submission_id = $1
