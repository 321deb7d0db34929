-- What tells whether anybody else writes: next_xid is the first transaction ID that no transaction known to be over has;
-- busy, whether an older one is still going on, or may be on another node. One row.
SELECT pg_snapshot_xmax(s)::text::bigint AS next_xid,
       EXISTS (SELECT FROM pg_snapshot_xip(s))
           OR EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'citus') AS busy
FROM pg_current_snapshot() AS s
