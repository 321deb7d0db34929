-- Creates the table of targets: one row for a device in a scope. settled: answered and not looked for again; it remains a requested
-- device, which the redaction of siblings does not touch.
CREATE TEMP TABLE pg_temp.lethe_target (target int, device int, scope int, kind pg_catalog.text, settled boolean DEFAULT false) ON COMMIT PRESERVE ROWS
