-- Removes all that was recognised, before the tables are read again.
DELETE FROM pg_temp.lethe_sighted
