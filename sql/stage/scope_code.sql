-- Creates the table of the short codes that are valid in each scope.
CREATE TEMP TABLE pg_temp.lethe_scope_code (scope int, short_code pg_catalog.text) ON COMMIT PRESERVE ROWS
