-- A verification found nothing: deletes the rows that led it to client IDs.
-- $1 bigint: the submission. Zero rows changed: no rows were kept.
-- The rows have served; the state says that they existed.
WITH served AS (DELETE FROM lethe.found_client WHERE submission_id OPERATOR(pg_catalog.=) $1)
UPDATE lethe.submission SET trace = 'verified' WHERE submission_id OPERATOR(pg_catalog.=) $1 AND trace OPERATOR(pg_catalog.=) 'kept'
