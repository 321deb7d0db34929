-- The name of the database, if it has the extension pg_repack. Zero rows: it does not.
SELECT pg_catalog.current_database()::pg_catalog.text AS database FROM pg_catalog.pg_extension WHERE extname OPERATOR(pg_catalog.=) 'pg_repack'
