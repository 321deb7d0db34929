-- The name of the database, if it has the extension pg_repack. Zero rows: it does not.
SELECT current_database()::text AS database FROM pg_extension WHERE extname = 'pg_repack'
