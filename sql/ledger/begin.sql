-- A submission was read and will be carried out. Zero rows changed: it was begun before.
-- $1 bigint: the submission; $2 bigint: its contacts; $3 timestamptz: now.
UPDATE lethe.submission
SET state = 'running', contacts = $2, started_at = $3, begun_lsn = pg_current_wal_insert_lsn(), begun_xid = pg_current_xact_id()
WHERE submission_id = $1 AND state = 'received'
