-- Staging: what is to be answered, one row for a device in a scope. settled: answered for good, and not looked for again;
-- it still is a requested device, which no sibling of it redacts.
CREATE TEMP TABLE lethe_target (target int, device int, scope int, kind text, settled boolean DEFAULT false) ON COMMIT PRESERVE ROWS
