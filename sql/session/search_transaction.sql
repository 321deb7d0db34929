-- Opens a search over all tables: read-only, with a time limit for each statement, and
-- without views and foreign tables of others where the server can refuse them.
BEGIN READ ONLY;
SET LOCAL statement_timeout = '1min';
SELECT pg_catalog.set_config(s.name, 'view, foreign-table', true)
FROM pg_catalog.pg_settings s WHERE s.name OPERATOR(pg_catalog.=) 'restrict_nonsystem_relation_kind'
