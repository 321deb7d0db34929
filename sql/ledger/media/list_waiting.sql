-- Lists the media rows of a submission whose objects are still to be deleted.
-- $1 bigint: the submission. Zero rows: none are left.
SELECT DISTINCT ON (table_name, row_key) table_name, row_key::pg_catalog.text AS row_key, object_digest
FROM lethe.media WHERE submission_id OPERATOR(pg_catalog.=) $1 AND deleted_at IS NULL ORDER BY table_name, row_key, request, contact
