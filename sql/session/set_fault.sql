-- Sets the SQLSTATE that session/raise_fault.sql raises; for the fault points of debug builds. One row.
-- $1 text: the SQLSTATE.
SELECT pg_catalog.set_config('lethe.fault', $1, false) AS fault
