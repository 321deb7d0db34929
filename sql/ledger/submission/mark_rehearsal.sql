-- Records that times of a submission are by LETHE_NOW. $1 bigint: the submission. Zero rows changed: that was known.
UPDATE lethe.submission SET clock_source = 'LETHE_NOW' WHERE submission_id OPERATOR(pg_catalog.=) $1 AND clock_source OPERATOR(pg_catalog.<>) 'LETHE_NOW'
