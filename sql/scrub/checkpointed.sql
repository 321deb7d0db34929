-- Whether a checkpoint has begun after a WAL position. One row.
-- $1 bigint: the position in bytes.
SELECT (redo_lsn - '0/0')::bigint >= $1 AS done FROM pg_control_checkpoint()
