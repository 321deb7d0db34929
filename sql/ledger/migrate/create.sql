-- Creates the schema of Lethe's own tables with the table of its migrations, in one transaction. Returns no rows.
-- No IF NOT EXISTS: what somebody else has made there is refused. The table is the one that the migrator expects.
CREATE SCHEMA lethe;
CREATE TABLE lethe.ledger_migration (
    version    pg_catalog.int4 PRIMARY KEY,
    name       pg_catalog.varchar(255),
    applied_on pg_catalog.varchar(255),
    checksum   pg_catalog.varchar(255)
)
