-- Removes the cases and answers of a submission, and the rows by which its client IDs are found again.
-- $1 bigint: the submission.
WITH answers AS (DELETE FROM lethe.contact WHERE submission_id = $1),
     clients AS (DELETE FROM lethe.found_client WHERE submission_id = $1),
     outbox AS (DELETE FROM lethe.media WHERE submission_id = $1 AND deleted_at IS NOT NULL)
DELETE FROM lethe.request WHERE submission_id = $1
