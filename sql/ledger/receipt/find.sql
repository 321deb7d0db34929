-- The receipt of a submission, as it is or will be published.
-- $1 bigint: the submission. Zero rows: none was made.
SELECT content, operator_copy, contacts_per_log FROM lethe.receipt WHERE submission_id OPERATOR(pg_catalog.=) $1
