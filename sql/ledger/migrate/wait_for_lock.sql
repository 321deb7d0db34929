-- Takes the lock of lock.sql, and waits for it. Returns no rows.
LOCK TABLE lethe.migration_lock IN EXCLUSIVE MODE
