-- Takes the lock that allows one process at a time to migrate, until the end of the transaction. Returns no rows; an error (55P03) if
-- another session has it. Only a role that may change the table can take it.
LOCK TABLE lethe.migration_lock IN EXCLUSIVE MODE NOWAIT
