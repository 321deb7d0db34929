-- The control request for a submission that has contacts without an answer: pause, cancel, or NULL.
-- $1 bigint: the submission. Zero rows: every contact has its answer.
SELECT wish FROM lethe.submission WHERE submission_id OPERATOR(pg_catalog.=) $1 AND state OPERATOR(pg_catalog.=) ANY ('{received,running}')
