-- One row: logs, whether the server logs errors of this session; may_catch, whether this role may create a function that
-- catches them.
SELECT pg_catalog.current_setting('log_min_messages') OPERATOR(pg_catalog.<>) ALL ('{log,fatal,panic}') AS logs,
       EXISTS (SELECT FROM pg_catalog.pg_language l WHERE l.lanname OPERATOR(pg_catalog.=) 'plpgsql' AND pg_catalog.has_language_privilege(l.oid, 'USAGE')) AS may_catch
