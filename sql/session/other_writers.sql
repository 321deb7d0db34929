-- Shows whether other sessions write. One row: next_xid, the first transaction ID not yet assigned; busy, whether an older
-- transaction is still open, or could be on another node.
SELECT pg_snapshot_xmax(s)::text::bigint AS next_xid,
       EXISTS (SELECT FROM pg_snapshot_xip(s))
           OR EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'citus') AS busy
FROM pg_current_snapshot() AS s
