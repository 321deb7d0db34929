-- The current WAL position (in bytes and as text), and the state of WAL archiving. One row.
SELECT pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text AS shown,
       pg_catalog.current_setting('archive_mode') OPERATOR(pg_catalog.<>) 'off' AS archived,
       a.last_archived_wal, a.failed_count
FROM pg_catalog.pg_stat_archiver a
