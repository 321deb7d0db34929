-- Shows whether other sessions write. One row: next_xid, the first transaction ID not yet assigned; busy, whether an older
-- transaction is still open, or could be on another node.
SELECT pg_catalog.pg_snapshot_xmax(s)::pg_catalog.text::bigint AS next_xid,
       EXISTS (SELECT FROM pg_catalog.pg_snapshot_xip(s))
           OR EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extname OPERATOR(pg_catalog.=) 'citus') AS busy
FROM pg_catalog.pg_current_snapshot() AS s
