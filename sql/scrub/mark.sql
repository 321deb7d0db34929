-- The current mark: every committed transaction has an ID below xid, and its WAL lies below lsn (in bytes). One row.
SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text::bigint AS xid,
       (pg_catalog.pg_current_wal_insert_lsn() OPERATOR(pg_catalog.-) '0/0')::bigint AS lsn
