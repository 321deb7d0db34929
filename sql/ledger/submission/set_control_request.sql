-- Records a control request; a cancelled submission stays cancelled.
-- $1 bigint: the submission; $2 text: pause, cancel, or NULL to resume; $3 timestamptz: now. Zero rows changed: it was cancelled, or
-- every contact has its answer.
UPDATE lethe.submission SET wish = $2, wished_at = $3
WHERE submission_id OPERATOR(pg_catalog.=) $1 AND state OPERATOR(pg_catalog.=) ANY ('{received,running}') AND (wish OPERATOR(pg_catalog.=) 'cancel') IS NOT TRUE
