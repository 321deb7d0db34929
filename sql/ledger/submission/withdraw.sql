-- Deletes a submission whose content could not be taken, so that its name can be used again.
-- $1 bigint: the submission. Zero rows changed: it was withdrawn before, or is being processed.
DELETE FROM lethe.submission WHERE submission_id OPERATOR(pg_catalog.=) $1 AND state OPERATOR(pg_catalog.=) 'received'
