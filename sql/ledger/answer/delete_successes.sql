-- Takes back the answers of an export whose archive was lost before it was published.
-- $1 bigint: the submission.
DELETE FROM lethe.contact WHERE submission_id = $1 AND response NOT LIKE 'ERROR: %'
