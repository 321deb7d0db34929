-- Slots whose consumers have received old values, or have files of their own, which cannot be examined from here: logical slots of
-- this database, and physical slots that were used and have no connected replica. Zero rows: none.
SELECT s.slot_name::text AS name, s.slot_type = 'logical' AS logical
FROM pg_replication_slots s
WHERE (s.slot_type = 'logical' AND s.database = current_database()
       OR s.slot_type = 'physical' AND NOT s.active AND (s.restart_lsn IS NOT NULL OR s.wal_status IS NOT NULL))
  AND NOT s.temporary
ORDER BY 1
