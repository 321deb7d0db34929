-- The server's own WAL files: the start of the oldest (in bytes), and the earliest modification time. Needs pg_monitor. One row.
SELECT pg_catalog.min(('x' OPERATOR(pg_catalog.||) pg_catalog.substr(f.name, 9, 8))::bit(32)::bigint OPERATOR(pg_catalog.*) 4294967296
           OPERATOR(pg_catalog.+) (('x' OPERATOR(pg_catalog.||) pg_catalog.substr(f.name, 17, 8))::bit(32)::bigint OPERATOR(pg_catalog.*) pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')))) AS oldest,
       pg_catalog.min(f.modification) AS written
FROM pg_catalog.pg_ls_waldir() f
WHERE f.name OPERATOR(pg_catalog.~) '^[0-9A-F]{24}$'
