-- One row: whether a checkpoint began after this WAL position.
-- $1 bigint: the position.
SELECT (redo_lsn - '0/0')::bigint >= $1 AS done FROM pg_control_checkpoint()
