-- Slots whose consumers have received old values, or have files of their own, which cannot be examined from here: logical slots of
-- this database, and physical slots that were used and have no connected replica. Zero rows: none.
SELECT s.slot_name::pg_catalog.text AS name, s.slot_type OPERATOR(pg_catalog.=) 'logical' AS logical
FROM pg_catalog.pg_replication_slots s
WHERE (s.slot_type OPERATOR(pg_catalog.=) 'logical' AND s.database OPERATOR(pg_catalog.=) pg_catalog.current_database()
       OR s.slot_type OPERATOR(pg_catalog.=) 'physical' AND NOT s.active AND (s.restart_lsn IS NOT NULL OR s.wal_status IS NOT NULL))
  AND NOT s.temporary
ORDER BY 1
