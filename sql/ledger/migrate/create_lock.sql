-- Creates the table that a session locks while it migrates. Returns no rows.
-- It is not the table of migrations, whose lock would conflict with what migrations do to it.
CREATE TABLE lethe.migration_lock ();
COMMENT ON TABLE lethe.migration_lock IS 'Always empty. A session that migrates holds a lock on this table.'
