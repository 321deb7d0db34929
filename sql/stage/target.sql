-- Staging: what is to be answered, one row for a device in a scope.
CREATE TEMP TABLE lethe_target (target int, device int, scope int, kind text) ON COMMIT PRESERVE ROWS
