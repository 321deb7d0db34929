-- The point up to which a scrub answers for what was changed: every transaction that is committed by now has an ID below
-- xid, and its WAL lies below lsn. One row; lsn in bytes.
SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xid,
       (pg_current_wal_insert_lsn() - '0/0')::bigint AS lsn
