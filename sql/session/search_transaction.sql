-- Opens a search of one table: read-only, without a long wait for a lock, and without views and foreign tables of
-- others where the server can refuse them. It may take as long as the table is large.
BEGIN READ ONLY;
SET LOCAL lock_timeout = '10s';
SELECT pg_catalog.set_config(s.name, 'view, foreign-table', true)
FROM pg_catalog.pg_settings s WHERE s.name OPERATOR(pg_catalog.=) 'restrict_nonsystem_relation_kind'
