-- Staging: the short codes that count in each scope.
CREATE TEMP TABLE lethe_scope_code (scope int, short_code text) ON COMMIT PRESERVE ROWS
