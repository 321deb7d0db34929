-- The database of this session. One row.
SELECT current_database()::text AS database_name
