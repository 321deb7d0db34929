-- Returns the event triggers that fire when a run creates and alters temporary tables, their indexes and its function, or when a session
-- begins. Zero rows: none.
SELECT e.evtname::pg_catalog.text AS name,
       e.evtfoid::pg_catalog.regprocedure::pg_catalog.text AS function_name
FROM pg_catalog.pg_event_trigger e
WHERE e.evtenabled OPERATOR(pg_catalog.=) ANY ('{O,A}')
  AND (e.evtevent OPERATOR(pg_catalog.=) 'login'
       OR e.evtevent OPERATOR(pg_catalog.=) ANY ('{ddl_command_start,ddl_command_end}')
          AND (e.evttags IS NULL OR e.evttags OPERATOR(pg_catalog.&&) '{ALTER TABLE,CREATE FUNCTION,CREATE INDEX,CREATE TABLE}'::pg_catalog.text[]))
ORDER BY 1
