-- Creates the table of migrations in a schema lethe that the owner made beforehand and that is empty. Returns no rows.
CREATE TABLE lethe.ledger_migration (
    version    pg_catalog.int4 PRIMARY KEY,
    name       pg_catalog.varchar(255),
    applied_on pg_catalog.varchar(255),
    checksum   pg_catalog.varchar(255)
)
