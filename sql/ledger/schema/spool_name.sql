-- The name of this ledger's folder in the spool. It includes the database, so that a copy of the database gets a folder of its own.
-- Zero rows: the row of lethe.ledger was deleted by hand.
SELECT l.ledger_id::text || '-' || d.oid::text AS spool_name
FROM lethe.ledger l, pg_database d
WHERE d.datname = current_database()
