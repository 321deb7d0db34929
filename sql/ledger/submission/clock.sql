-- Returns which clock the times of a submission are by. $1 bigint: the submission. Always one row: the caller has its lock.
SELECT clock_source FROM lethe.submission WHERE submission_id OPERATOR(pg_catalog.=) $1
