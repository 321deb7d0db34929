-- Counts the large objects of the database, which are not searched. Always one row.
SELECT pg_catalog.count(*) AS objects FROM pg_catalog.pg_largeobject_metadata
