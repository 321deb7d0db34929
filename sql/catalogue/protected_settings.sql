-- Which settings only a superuser may set, or a role with the right of PostgreSQL 15 to SET them.
-- $1 text[]: names. Zero rows: none, or a server that cannot grant the right.
SELECT s.name
FROM pg_settings s
WHERE s.name = ANY ($1::text[]) AND s.context = 'superuser'
  AND current_setting('server_version_num')::int >= 150000
ORDER BY s.name
