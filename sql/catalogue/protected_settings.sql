-- Returns the settings that only superusers may change, or roles with GRANT SET ON PARAMETER (PostgreSQL 15 and later).
-- $1 text[]: names. Zero rows: none of them, or the server does not support the privilege.
SELECT s.name
FROM pg_settings s
WHERE s.name = ANY ($1::text[]) AND s.context = 'superuser'
  AND current_setting('server_version_num')::int >= 150000
ORDER BY s.name
