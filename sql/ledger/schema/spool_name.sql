-- One row: the folder of this ledger in the spool; also a copy of the database has one of its own.
SELECT l.ledger_id::text || '-' || d.oid::text AS spool_name
FROM lethe.ledger l, pg_database d
WHERE d.datname = current_database()
