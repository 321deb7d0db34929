-- Raises an error with the SQLSTATE in the setting lethe.fault, and does nothing where it is not set; for the fault points of
-- debug builds.
DO $do$
BEGIN
    IF pg_catalog.current_setting('lethe.fault', true) OPERATOR(pg_catalog.<>) '' THEN
        RAISE 'a fault point' USING ERRCODE = pg_catalog.current_setting('lethe.fault');
    END IF;
END
$do$
