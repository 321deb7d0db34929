-- One row where the database has the extension pg_repack: the database's name. Zero rows: it does not.
SELECT current_database()::text AS database FROM pg_extension WHERE extname = 'pg_repack'
