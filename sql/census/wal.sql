-- The current WAL position (in bytes and as text), and the state of WAL archiving. One row.
SELECT pg_current_wal_insert_lsn()::text AS shown,
       current_setting('archive_mode') <> 'off' AS archived,
       a.last_archived_wal, a.failed_count
FROM pg_stat_archiver a
