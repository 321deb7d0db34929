-- Records that every contact of a submission has its response. Returns no rows.
-- $1 bigint: the submission; $2, $3, $4 bigint: success, not found, errors; $5 text: why the file could not be read, or NULL;
-- $6 timestamptz: now.
UPDATE lethe.submission
SET state = 'answered', success = $2, not_found = $3, errors = $4, error = $5, answered_at = $6, answered_by_server = pg_catalog.clock_timestamp()
WHERE submission_id OPERATOR(pg_catalog.=) $1
