-- Settings of this session. $1 text[]: names. One row for each that this role may see. grantable: whether the privilege to SET it
-- can be granted. Zero rows: none of them exists.
SELECT s.name, s.setting, s.context = 'superuser' AND current_setting('server_version_num')::int >= 150000 AS grantable,
       current_user::text AS role
FROM pg_settings s WHERE s.name = ANY ($1::text[]) ORDER BY s.name
