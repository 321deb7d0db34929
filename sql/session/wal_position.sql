-- One number: bytes of WAL that this server wrote so far.
SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS written
