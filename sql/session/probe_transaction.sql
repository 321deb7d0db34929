-- Opens the evaluation of constraints, index expressions and types: read-only, with a short time limit, and
-- without views and foreign tables of others where the server can refuse them.
BEGIN READ ONLY;
SET LOCAL statement_timeout = '5s';
SELECT pg_catalog.set_config(s.name, 'view, foreign-table', true)
FROM pg_catalog.pg_settings s WHERE s.name OPERATOR(pg_catalog.=) 'restrict_nonsystem_relation_kind'
