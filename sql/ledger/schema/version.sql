-- The version of the installed ledger: the last migration that was applied to it.
-- One row; version is NULL where none was.
SELECT max(version) AS version FROM lethe.ledger_migration
