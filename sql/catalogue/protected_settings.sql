-- Returns the settings that only superusers may change, or roles with GRANT SET ON PARAMETER (PostgreSQL 15 and later).
-- $1 text[]: names. Zero rows: none of them, or the server does not support the privilege.
SELECT s.name
FROM pg_catalog.pg_settings s
WHERE s.name OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[]) AND s.context OPERATOR(pg_catalog.=) 'superuser'
  AND pg_catalog.current_setting('server_version_num')::int OPERATOR(pg_catalog.>=) 150000
ORDER BY s.name
