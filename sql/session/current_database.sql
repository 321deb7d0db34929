-- The database of this session. One row.
SELECT pg_catalog.current_database()::pg_catalog.text AS database_name
