-- Whether a checkpoint has begun after a WAL position. One row.
-- $1 bigint: the position in bytes.
SELECT (redo_lsn OPERATOR(pg_catalog.-) '0/0')::bigint OPERATOR(pg_catalog.>=) $1 AS done FROM pg_catalog.pg_control_checkpoint()
