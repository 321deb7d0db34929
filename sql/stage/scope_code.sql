-- Creates the table of the short codes that are valid in each scope.
CREATE TEMP TABLE lethe_scope_code (scope int, short_code text) ON COMMIT PRESERVE ROWS
