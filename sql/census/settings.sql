-- Settings of this session. $1 text[]: names. One row for each that this role may see. grantable: whether the privilege to SET it
-- can be granted. Zero rows: none of them exists.
SELECT s.name, s.setting, s.context OPERATOR(pg_catalog.=) 'superuser' AND pg_catalog.current_setting('server_version_num')::int OPERATOR(pg_catalog.>=) 150000 AS grantable,
       current_user::pg_catalog.text AS role
FROM pg_catalog.pg_settings s WHERE s.name OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[]) ORDER BY s.name
