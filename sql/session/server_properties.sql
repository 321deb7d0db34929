-- What a server must be, and a session have, before Lethe uses them. One row.
-- role_name, login_name: the role of the session, and the one that logged in. superuser_role: a role to which the server refuses nothing and
-- that one of these is or can become without asking anybody; superuser_kind: why. Both are NULL if there is none.
SELECT pg_catalog.current_setting('lethe.session', true) AS session_kind,
       pg_catalog.current_setting('server_version_num')::int AS version_num,
       pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_encoding') AS encoding,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       pg_catalog.current_setting('default_transaction_read_only')::boolean AS read_only,
       pg_catalog.current_setting('session_replication_role') AS replication_role,
       CURRENT_USER::pg_catalog.text AS role_name,
       SESSION_USER::pg_catalog.text AS login_name,
       s.role_name AS superuser_role,
       s.kind AS superuser_kind
FROM (SELECT 1) AS one (n)
LEFT JOIN (
    -- Membership counts in any form: who may administer a role can also take it. The session's own role is named first.
    SELECT r.rolname::pg_catalog.text AS role_name,
           CASE WHEN r.rolsuper THEN 'superuser' WHEN r.rolname OPERATOR(pg_catalog.~~) 'pg\_%' THEN 'server_files' ELSE 'create_role' END AS kind
    FROM pg_catalog.pg_roles r
    WHERE (r.rolsuper
           OR r.rolname OPERATOR(pg_catalog.=) ANY ('{pg_execute_server_program,pg_read_server_files,pg_write_server_files}')
           -- From version 16 on it reaches only roles that it was given.
           OR r.rolcreaterole AND pg_catalog.current_setting('server_version_num')::int OPERATOR(pg_catalog.<) 160000)
      AND (pg_catalog.pg_has_role(CURRENT_USER, r.oid, 'MEMBER') OR pg_catalog.pg_has_role(SESSION_USER, r.oid, 'MEMBER'))
    ORDER BY (r.rolname OPERATOR(pg_catalog.=) CURRENT_USER) DESC, (r.rolname OPERATOR(pg_catalog.=) SESSION_USER) DESC, r.rolsuper DESC, r.rolname
    LIMIT 1
) AS s ON true
