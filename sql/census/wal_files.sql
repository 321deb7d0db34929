-- The server's own WAL files: the start of the oldest (in bytes), and the earliest modification time. Needs pg_monitor. One row.
SELECT min(('x' || substr(f.name, 9, 8))::bit(32)::bigint * 4294967296
           + ('x' || substr(f.name, 17, 8))::bit(32)::bigint * pg_size_bytes(current_setting('wal_segment_size'))) AS oldest,
       min(f.modification) AS written
FROM pg_ls_waldir() f
WHERE f.name ~ '^[0-9A-F]{24}$'
