-- Records that processing of a submission begins.
-- $1 bigint: the submission; $2 bigint: its contacts; $3 timestamptz: now; $4 text: kept if rows that lead to its client IDs are kept, or NULL.
-- Zero rows changed: it was begun before.
UPDATE lethe.submission
SET state = 'running', contacts = $2, started_at = $3, trace = $4,
    begun_lsn = pg_catalog.pg_current_wal_insert_lsn(), begun_xid = pg_catalog.pg_current_xact_id()
WHERE submission_id OPERATOR(pg_catalog.=) $1 AND state OPERATOR(pg_catalog.=) 'received'
