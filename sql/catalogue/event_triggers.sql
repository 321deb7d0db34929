-- Returns the event triggers that fire when a run creates and alters temporary tables, their indexes and its function, or when a session
-- begins. digest: of when they fire, and of their function. Zero rows: none.
SELECT e.evtname::pg_catalog.text AS name,
       e.evtfoid::pg_catalog.regprocedure::pg_catalog.text AS function_name,
       pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.jsonb_build_array(
           e.evtevent, e.evttags, e.evtenabled, l.lanname, p.proowner::pg_catalog.regrole, p.prosecdef, p.proconfig, p.prosrc,
           p.probin)::pg_catalog.text, 'UTF8')), 'hex'), 32) AS digest
FROM pg_catalog.pg_event_trigger e
JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) e.evtfoid
JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
WHERE e.evtenabled OPERATOR(pg_catalog.=) ANY ('{O,A}')
  AND (e.evtevent OPERATOR(pg_catalog.=) 'login'
       OR e.evtevent OPERATOR(pg_catalog.=) ANY ('{ddl_command_start,ddl_command_end}')
          AND (e.evttags IS NULL OR e.evttags OPERATOR(pg_catalog.&&) '{ALTER TABLE,CREATE FUNCTION,CREATE INDEX,CREATE TABLE}'::pg_catalog.text[]))
ORDER BY 1
