-- One row: the database of this session.
SELECT current_database()::text AS database_name
