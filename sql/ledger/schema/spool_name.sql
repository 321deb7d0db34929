-- The name of this ledger's folder in the spool. It includes the database, so that a copy of the database gets a folder of its own.
-- Zero rows: the row of lethe.ledger was deleted by hand.
SELECT l.ledger_id::pg_catalog.text OPERATOR(pg_catalog.||) '-' OPERATOR(pg_catalog.||) d.oid::pg_catalog.text AS spool_name
FROM lethe.ledger l, pg_database d
WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
