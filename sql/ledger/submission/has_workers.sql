-- Whether further sessions of a process that lost its first one still process a submission.
-- $1 bigint: the submission. Always one row.
SELECT EXISTS (
    SELECT 1 FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.classid = 1279611977 AND l.objid = $1::bigint::int::oid
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) AS at_work
