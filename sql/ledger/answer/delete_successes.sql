-- Deletes the successful responses of an export whose archive was lost before it was published.
-- $1 bigint: the submission. Zero rows changed: no contact was answered with success.
DELETE FROM lethe.contact WHERE submission_id OPERATOR(pg_catalog.=) $1 AND response OPERATOR(pg_catalog.!~~) 'ERROR: %'
