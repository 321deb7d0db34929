-- Deletes the row counts of an export that is repeated.
-- $1 bigint: the submission. Zero rows changed: nothing was counted.
DELETE FROM lethe.table_count WHERE submission_id OPERATOR(pg_catalog.=) $1
