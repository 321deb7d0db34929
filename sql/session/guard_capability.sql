-- One row: logs, whether the server logs errors of this session; may_catch, whether this role may create a function that
-- catches them.
SELECT current_setting('log_min_messages') NOT IN ('log', 'fatal', 'panic') AS logs,
       EXISTS (SELECT FROM pg_language l WHERE l.lanname = 'plpgsql' AND has_language_privilege(l.oid, 'USAGE')) AS may_catch
