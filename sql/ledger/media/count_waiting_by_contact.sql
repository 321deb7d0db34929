-- Counts the media objects of each contact that are still to be deleted.
-- $1 bigint: the submission. Zero rows: none are left.
SELECT request, contact, count(*) AS objects
FROM lethe.media WHERE submission_id = $1 AND deleted_at IS NULL GROUP BY request, contact
