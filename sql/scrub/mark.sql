-- The current mark: every committed transaction has an ID below xid, and its WAL lies below lsn (in bytes). One row.
SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xid,
       (pg_current_wal_insert_lsn() - '0/0')::bigint AS lsn
