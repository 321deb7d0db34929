-- The version of the installed ledger: the last migration that was applied to it.
-- Always one row; version is NULL if none was applied.
SELECT pg_catalog.max(version) AS version FROM lethe.ledger_migration
