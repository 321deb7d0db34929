-- Counts the media objects of each contact that are still to be deleted.
-- $1 bigint: the submission. Zero rows: none are left.
SELECT request, contact, pg_catalog.count(*) AS objects
FROM lethe.media WHERE submission_id OPERATOR(pg_catalog.=) $1 AND deleted_at IS NULL GROUP BY request, contact
